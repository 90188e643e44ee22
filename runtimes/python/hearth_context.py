# The context object that handlers get, as AWS's: complete, with None for what the invoker did not send.
import json
import logging
import os
import sys
import time

from hearth_fault import RuntimeFault

W3C_FIELDS = ("traceparent", "tracestate", "baggage")


def parse_json_header(text, name):
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        message = "Unable to parse %s JSON: %s" % (name, error)
        raise RuntimeFault("Runtime.LambdaContextUnmarshalError", message) from None


class Members:
    """An object with the members of a dictionary that its class names; those that are not there are None."""

    __slots__ = ()

    def __init__(self, given):
        for name in self.__slots__:
            setattr(self, name, given.get(name))

    def __repr__(self):
        members = ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__slots__)
        return "%s([%s])" % (type(self).__name__, members)


class Client(Members):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(Members):
    """What a mobile client says of itself; `custom` and `env` are dictionaries."""

    __slots__ = ("custom", "env", "client")

    def __init__(self, given):
        super().__init__(given)
        self.client = None if self.client is None else Client(self.client)


class CognitoIdentity(Members):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


def take_w3c(client_context):
    """Takes W3C trace context out of the client context, where the platform puts it."""
    w3c = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
    if not isinstance(w3c, dict):
        return {}
    return {name: w3c[name] for name in W3C_FIELDS if isinstance(w3c.get(name), str)}


class LambdaContext:
    def __init__(self, event, client_context, identity):
        env = os.environ
        self.aws_request_id = event.request_id
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = event.function_arn
        self.tenant_id = event.tenant_id
        self._w3c = take_w3c(client_context)
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity(identity or {})
        self._deadline_ms = event.deadline_ms

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self):
        return dict(self._w3c)

    def log(self, message):
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(message))
                return
        sys.stdout.write(str(message))

    def __repr__(self):
        names = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version "
            "invoked_function_arn client_context identity tenant_id"
        ).split()
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)
