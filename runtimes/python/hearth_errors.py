# Errors as AWS reports them: a message, a type, the request and the stack's lines.
import traceback


class InitError(Exception):
    """What the runtime itself finds wrong; `error_type` is AWS's."""

    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack = list(stack)


def error_body(error, request_id):
    if isinstance(error, InitError):
        stack, error_type, message = error.stack, error.error_type, str(error)
    else:
        # The runtime's own frames come first and are left out.
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/var/runtime/" not in frame.filename or "site-packages" in frame.filename]
        stack, error_type, message = traceback.format_list(frames), type(error).__name__, str(error)
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": stack}


def log_error(sink, body):
    """One event: the error, and under it the stack as Python shows it."""
    lines = "[ERROR] %s: %s" % (body["errorType"], body["errorMessage"])
    if body["stackTrace"]:
        lines += "\nTraceback (most recent call last):\n" + "".join(body["stackTrace"]).rstrip("\n")
    sink.write(lines, "ERROR")
