# What a function with SnapStart goes through between its initialisation and its first invocation.
import os
import sys

from hearth_errors import error_body, log_error
from hearth_json import to_json


def run(hooks):
    for function, arguments, named in hooks:
        function(*arguments, **named)


# The last registered before a snapshot runs first, as what it stands on was registered before it; after it, the first does.
# Source: Lambda Developer Guide, "Lambda SnapStart runtime hooks for Python".
def wait_for_restore(api, sink):
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        run(reversed(hooks.get_before_snapshot()) if hooks else [])
    except Exception as error:
        fail(error, sink, "Runtime.BeforeSnapshotError", api.init_error, 64)
    api.restore_next()
    try:
        run(hooks.get_after_restore() if hooks else [])
    except Exception as error:
        fail(error, sink, "Runtime.AfterRestoreError", api.restore_error, 65)


def fail(error, sink, error_type, tell, code):
    body = error_body(error, "")
    log_error(sink, body)
    tell(to_json(body), error_type)
    sys.exit(code)
