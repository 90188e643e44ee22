# The Python managed runtime: started as `python3.x /var/runtime/bootstrap.py` with the environment of its function.
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hearth_errors import InitError, error_body, log_error
from hearth_handler import load_handler
from hearth_logging import Sink, install_logging
from hearth_runtime_api import RuntimeApi

# Set late: importing the interface above must not find the function's own modules of the same names.
task_root = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
version = "python%d.%d" % sys.version_info[:2]
runtime_directory = sys.path.pop(0)
sys.path = [
    task_root,
    "/opt/python/lib/%s/site-packages" % version,
    "/opt/python",
    *[path for path in sys.path if path != runtime_directory],
    runtime_directory,
]


class ClientContext:
    """What a mobile client says of itself; `custom` and `env` are dictionaries."""

    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = type("Client", (), given["client"]) if isinstance(given.get("client"), dict) else None


class Identity:
    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


class LambdaContext:
    """The context object, complete."""

    def __init__(self, event):
        env = os.environ
        self.aws_request_id = event.request_id
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = event.function_arn
        self.tenant_id = event.tenant_id
        self.client_context = ClientContext(json.loads(event.client_context)) if event.client_context else None
        self.identity = Identity(json.loads(event.identity) if event.identity else {})
        self._deadline_ms = event.deadline_ms

    def get_remaining_time_in_millis(self):
        import time

        return max(0, int(self._deadline_ms - time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def to_json(value):
    try:
        return json.dumps(value, ensure_ascii=False, default=decimal_or_refuse)
    except Exception as error:
        raise InitError("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def decimal_or_refuse(value):
    import decimal

    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def main():
    sink = Sink(os.environ)
    set_request_id = install_logging(os.environ, sink)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        body = error_body(error, "")
        log_error(sink, body)
        api.init_error(json.dumps(body), body["errorType"])
        sys.exit(1)

    while True:
        event = api.next()
        set_request_id(event.request_id)
        if event.trace_id:
            os.environ["_X_AMZN_TRACE_ID"] = event.trace_id
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            result = handler(json.loads(event.body), LambdaContext(event))
            text = to_json(result)
        except Exception as error:
            body = error_body(error, event.request_id)
            log_error(sink, body)
            sink.flush()
            api.error(event.request_id, json.dumps(body), body["errorType"])
            continue
        sink.flush()
        api.respond(event.request_id, text)


main()
