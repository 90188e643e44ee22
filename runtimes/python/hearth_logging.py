# Logging as on AWS: a handler on the root logger; each record one event, as text or JSON.
import json
import logging
import os
import struct
import sys
import time

TEXT_FRAME = 0xA55A0003
JSON_FRAME = 0xA55A0002
# Members of every record, which are no additions of the function's.
OWN_MEMBERS = (frozenset(logging.makeLogRecord({}).__dict__) | {"aws_request_id", "tenant_id"}) - {"taskName"}
to_json_line = json.JSONEncoder(ensure_ascii=False, default=str).encode


def rounded(level):
    """One of Python's own levels, 0 to 50."""
    return min(50, max(0, level)) // 10 * 10


class Sink:
    """Events go as frames to the descriptor that the platform gives, else as lines to standard output."""

    def __init__(self, env):
        fd = env.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
        self.fd = int(fd) if fd is not None else None
        self.is_json = env.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

    def log(self, message, level=None):
        if self.fd is None:
            sys.stdout.write(message)
            return
        # What was printed before comes before.
        sys.stdout.flush()
        data = message.encode("utf-8", "replace")
        number = 0 if level is None else rounded(level) // 10 + 1
        frame_type = (JSON_FRAME if self.is_json else TEXT_FRAME) | (number if number > 1 else 0) << 2
        frame = struct.pack(">IIQ", frame_type, len(data), time.time_ns() // 1000) + data
        while frame:
            frame = frame[os.write(self.fd, frame) :]

    def log_error(self, lines):
        self.log("\n".join(lines) if self.fd is not None else "\r".join(lines) + "\n", logging.ERROR)


class LambdaHandler(logging.Handler):
    def __init__(self, sink):
        super().__init__()
        self.log_sink = sink

    def emit(self, record):
        self.log_sink.log(self.format(record), record.levelno)


class InvocationFilter(logging.Filter):
    """Tells every record which invocation it belongs to, for formatters of functions too."""

    request_id = ""
    tenant_id = None

    def filter(self, record):
        record.aws_request_id = self.request_id
        record.tenant_id = self.tenant_id
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record):
        record.levelno = rounded(record.levelno)
        record.levelname = logging.getLevelName(record.levelno)
        is_plain = isinstance(record.msg, dict) and not record.args
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.msg if is_plain else record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line.update(self.about(record))
        line["requestId"] = record.aws_request_id
        if record.exc_info:
            line["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        if record.tenant_id is not None:
            line["tenantId"] = record.tenant_id
        for name, value in record.__dict__.items():
            if name not in OWN_MEMBERS and name not in line and value is not None:
                line[name] = value
        return to_json_line(line) + "\n"

    @staticmethod
    def about(record):
        import traceback

        kind, error, trace = record.exc_info
        return {"stackTrace": traceback.format_tb(trace), "errorType": kind.__name__, "errorMessage": str(error)}


def install_logging(env, sink):
    """Gives the function that tells the log which invocation is under way."""
    logging.Formatter.converter = time.gmtime
    handler = LambdaHandler(sink)
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(JsonFormatter() if sink.is_json else logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    invocation = InvocationFilter()
    handler.addFilter(invocation)
    root = logging.getLogger()
    root.addHandler(handler)
    level = env.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if level in logging._nameToLevel:
        root.setLevel(level)

    def set_invocation(event):
        invocation.request_id = event.request_id
        invocation.tenant_id = event.tenant_id

    return set_invocation
