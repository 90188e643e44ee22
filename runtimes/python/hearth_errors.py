# Errors as AWS reports them: a message, a type, the request and the stack's lines.
import os
import time
import traceback

from hearth_fault import RuntimeFault
from hearth_json import to_json

HERE = os.path.dirname(os.path.abspath(__file__))
NO_BREAK_SPACE = "\u00a0"

# AWS's own words, which stand in the log before an initialisation's error.
WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, or can be applied automatically. "
    "To determine if the runtime has been updated, check the runtime version in the INIT_START log entry. "
    "If this error correlates with a change in the runtime version, you may be able to mitigate this error by temporarily rolling back to the previous runtime version. "
    "For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def stack_of(error):
    # As plain tuples, since the frames themselves would be shown with markers under their lines.
    frames = [(it.filename, it.lineno, it.name, it.line) for it in traceback.extract_tb(error.__traceback__)]
    # The runtime's own frames come first and are left out. boto3 lies in the same directory, and its frames stay.
    own = ("bootstrap.py", "hearth_handler.py")
    for at, (filename, *_) in enumerate(frames):
        if os.path.dirname(filename) != HERE or os.path.basename(filename) not in own:
            return traceback.format_list(frames[at:])
    return traceback.format_list(frames)


def error_body(error, request_id):
    if isinstance(error, RuntimeFault):
        stack, error_type, message = error.stack, error.error_type, str(error)
    else:
        stack, error_type, message = stack_of(error), type(error).__name__, str(error)
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": stack}


def indented(line):
    """AWS keeps the log's readers from trimming the indentation."""
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text


def log_error(sink, body):
    """One event: the error, and under it the stack as Python shows it."""
    if sink.is_json:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sink.log_error([to_json({"timestamp": stamp, "level": "ERROR", **body})])
        return
    about = ": ".join(part for part in (body["errorType"], body["errorMessage"]) if part)
    lines = ["[ERROR]%s" % (" " + about if about else ""), "Traceback (most recent call last):"]
    for element in body["stackTrace"]:
        lines.extend(indented(line) for line in element.splitlines())
    sink.log_error(lines)
