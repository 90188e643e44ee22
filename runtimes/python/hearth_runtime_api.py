# The Runtime API over one keep-alive socket. By the module in C that `socket` stands on: importing that one takes as long as a
# tenth of the interpreter's start, and many functions never do.
import _socket as sockets
import io

BASE = "/2018-06-01/runtime"


class Event:
    def __init__(self, headers, body):
        self.request_id = headers.get("lambda-runtime-aws-request-id", "")
        self.deadline_ms = int(headers.get("lambda-runtime-deadline-ms", "0"))
        self.function_arn = headers.get("lambda-runtime-invoked-function-arn", "")
        self.trace_id = headers.get("lambda-runtime-trace-id")
        self.client_context = headers.get("lambda-runtime-client-context")
        self.identity = headers.get("lambda-runtime-cognito-identity")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.body = body


class RuntimeApi:
    def __init__(self, address):
        self.address = address
        host, _, port = address.partition(":")
        self.socket = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM)
        self.socket.connect((host, int(port or 80)))
        self.socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self.stream = io.open(self.socket.fileno(), "rb", closefd=False)

    def _read(self):
        status = int(self.stream.readline().split(b" ")[1])
        headers = {}
        while True:
            line = self.stream.readline().strip()
            if not line:
                break
            name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.stream.read(int(headers.get("content-length", "0")))

    def _post(self, path, content, content_type="application/json", headers=""):
        body = content if isinstance(content, bytes) else content.encode("utf-8")
        head = "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            BASE,
            path,
            self.address,
            content_type,
            len(body),
            headers,
        )
        self.socket.sendall(head.encode("utf-8") + body)
        self._read()

    def next(self):
        self.socket.sendall(("GET %s/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n" % (BASE, self.address)).encode())
        _, headers, body = self._read()
        return Event(headers, body)

    def restore_next(self):
        self.socket.sendall(("GET %s/restore/next HTTP/1.1\r\nHost: %s\r\n\r\n" % (BASE, self.address)).encode())
        self._read()

    def restore_error(self, text, error_type):
        self._post("/restore/error", text, headers=error_header(error_type))

    def respond(self, request_id, content, content_type):
        self._post("/invocation/%s/response" % request_id, content, content_type)

    def error(self, request_id, text, error_type):
        self._post("/invocation/%s/error" % request_id, text, headers=error_header(error_type))

    def init_error(self, text, error_type):
        self._post("/init/error", text, headers=error_header(error_type))


def error_header(error_type):
    # A class may be called anything; a header line may not hold everything.
    return "Lambda-Runtime-Function-Error-Type: %s\r\n" % error_type.encode("ascii", "replace").decode()
