# The Python managed runtime: started as `python3.x /var/runtime/bootstrap.py` with the environment of its function.
import io
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hearth_compiled import use_compiled
from hearth_context import LambdaContext, parse_json_header
from hearth_errors import WARNING, error_body, log_error
from hearth_fault import RuntimeFault
from hearth_handler import load_handler
from hearth_json import from_json, to_json
from hearth_logging import Sink, install_logging
from hearth_pooled import wait_for_function
from hearth_runtime_api import RuntimeApi
from hearth_search_path import set_search_path
from hearth_snapshot import wait_for_restore

# Connected before there is anything to ask: the platform then sees that the runtime has booted.
api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
wait_for_function()
task_root = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
use_compiled(task_root)
# Set late: importing the interface above must not find the function's own modules of the same names.
set_search_path(task_root)


def context_of(event):
    return LambdaContext(
        event,
        client_context=parse_json_header(event.client_context, "Client Context"),
        identity=parse_json_header(event.identity, "Cognito Identity"),
    )


def initialise(api, sink):
    """Gives the handler; an error ends the process, after the platform has heard of it."""
    import logging

    try:
        return load_handler(os.environ["_HANDLER"])
    except Exception as error:
        body = error_body(error, "")
        logging.warning(WARNING)
        log_error(sink, body)
        api.init_error(to_json(body), body["errorType"])
        sys.exit(1)


def set_trace_id(trace_id):
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def invoke(handler, event):
    """The response's bytes or text, and their type."""
    context = context_of(event)
    result = handler(from_json(event.body), context)
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return to_json(result), "application/json"
    except Exception as error:
        raise RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def unbuffered(stream):
    """As `python -u` makes it: what was printed is seen even when the process is killed."""
    raw = open(stream.fileno(), "wb", 0, closefd=False)
    return io.TextIOWrapper(raw, stream.encoding, stream.errors, write_through=True)


def main():
    sys.stdout, sys.stderr = unbuffered(sys.stdout), unbuffered(sys.stderr)
    sink = Sink(os.environ)
    set_invocation = install_logging(os.environ, sink)
    handler = initialise(api, sink)
    wait_for_restore(api, sink)
    while True:
        event = api.next()
        set_invocation(event)
        set_trace_id(event.trace_id)
        try:
            response, content_type = invoke(handler, event)
        except Exception as error:
            body = error_body(error, event.request_id)
            log_error(sink, body)
            api.error(event.request_id, to_json(body), body["errorType"])
        else:
            api.respond(event.request_id, response, content_type)


main()
