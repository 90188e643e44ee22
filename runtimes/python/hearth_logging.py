# Logging as on AWS: a handler on the root logger; each record one event, as text or JSON.
import json
import logging
import os
import struct
import sys
import time

FRAME_TYPE = 0xA55A0003
LEVELS = {"TRACE": 1, "DEBUG": 2, "INFO": 3, "WARN": 4, "WARNING": 4, "ERROR": 5, "CRITICAL": 6, "FATAL": 6}


class Sink:
    """Events go as frames to the descriptor that the platform gives, else as lines to standard output."""

    def __init__(self, env):
        fd = env.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
        self.fd = int(fd) if fd is not None else None

    def write(self, message, level="INFO"):
        if self.fd is None:
            sys.stdout.write(message.replace("\n", "\r") + "\n")
            sys.stdout.flush()
            return
        # What was printed before comes before.
        sys.stdout.flush()
        data = (message + "\n").encode("utf-8", "replace")
        frame = struct.pack(">IIQ", FRAME_TYPE | LEVELS.get(level, 3) << 2, len(data), int(time.time() * 1_000_000)) + data
        while frame:
            frame = frame[os.write(self.fd, frame) :]

    def flush(self):
        sys.stdout.flush()
        sys.stderr.flush()


class LambdaHandler(logging.Handler):
    def __init__(self, sink, is_json):
        super().__init__()
        self.sink = sink
        self.is_json = is_json
        self.request_id = None

    def emit(self, record):
        self.sink.write(self.as_json(record) if self.is_json else self.as_text(record), record.levelname)

    def as_text(self, record):
        stamp = "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)), record.msecs)
        return "[%s]\t%s\t%s\t%s" % (record.levelname, stamp, self.request_id or "", self.format(record))

    def as_json(self, record):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line = {"timestamp": stamp, "level": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            kind, error, trace = record.exc_info
            import traceback

            line.update(stackTrace=traceback.format_tb(trace), errorType=kind.__name__, errorMessage=str(error))
        if self.request_id:
            line["requestId"] = self.request_id
        return json.dumps(line, ensure_ascii=False, default=str)


def install_logging(env, sink):
    """Gives the function that tells the log which invocation is under way."""
    is_json = env.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    handler = LambdaHandler(sink, is_json)
    root = logging.getLogger()
    root.addHandler(handler)
    if is_json:
        root.setLevel(env.get("AWS_LAMBDA_LOG_LEVEL", "INFO").replace("TRACE", "DEBUG").replace("FATAL", "CRITICAL"))

    def set_request_id(request_id):
        handler.request_id = request_id

    return set_request_id
