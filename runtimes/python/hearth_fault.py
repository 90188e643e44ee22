# What the runtime itself finds wrong with a function, an event or a response.


class RuntimeFault(Exception):
    """What the runtime itself finds wrong; `error_type` is AWS's."""

    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack = list(stack)
