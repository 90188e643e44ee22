// The Runtime API over one keep-alive socket: a response and the next request go out in one write.
// Not imported: as an ES module, a built-in is loaded with all that it would otherwise load only when used.
const { connect } = process.getBuiltinModule("node:net");

/** Reads HTTP/1.1 responses with a Content-Length, in order. A large one is put together once, when all of it is there. */
function createReader(onResponse) {
  let chunks = [];
  let bytes = 0;
  let wanted = 0;
  return (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) return;
    let buffered = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const keep = (atLeast) => {
      chunks = buffered.length === 0 ? [] : [buffered];
      bytes = buffered.length;
      wanted = atLeast;
    };
    for (;;) {
      const headEnd = buffered.indexOf("\r\n\r\n");
      if (headEnd < 0) return keep(0);
      const [statusLine, ...lines] = buffered.toString("utf8", 0, headEnd).split("\r\n");
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const end = headEnd + 4 + Number(headers["content-length"] ?? 0);
      if (buffered.length < end) return keep(end);
      const body = buffered.subarray(headEnd + 4, end);
      buffered = buffered.subarray(end);
      onResponse({ status: Number(statusLine.split(" ")[1]), headers, body });
    }
  };
}

/** The event in the API's answer. */
function eventOf({ status, headers, body }) {
  if (status !== 200) throw new Error(`The Runtime API answered ${status} to next`);
  return {
    requestId: headers["lambda-runtime-aws-request-id"],
    deadlineMs: Number(headers["lambda-runtime-deadline-ms"]),
    functionArn: headers["lambda-runtime-invoked-function-arn"],
    traceId: headers["lambda-runtime-trace-id"],
    clientContext: headers["lambda-runtime-client-context"],
    identity: headers["lambda-runtime-cognito-identity"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    body,
  };
}

/** A client of the API at `host:port`. */
export function createRuntimeApiClient(address) {
  const [host, port] = address.split(":");
  const base = "/2018-06-01/runtime";
  const waiting = [];
  let socket;

  function open() {
    const opened = connect({ host, port: Number(port ?? 80), noDelay: true });
    const onResponse = (response) => {
      waiting.shift()?.resolve(response);
      // While the handler runs nothing of ours keeps the process awake: an event loop that drains means that it is done.
      if (waiting.length === 0) opened.unref();
    };
    opened.on("data", createReader(onResponse));
    const lost = (error) => {
      if (socket !== opened) return;
      socket = undefined;
      for (const { reject } of waiting.splice(0)) reject(error ?? new Error("The Runtime API closed the connection"));
    };
    opened.on("error", lost);
    opened.on("close", () => lost());
    return opened;
  }

  const get = (path) =>
    `GET ${base}${path} HTTP/1.1\r\nHost: ${address}\r\nUser-Agent: hearth-nodejs/${process.version}\r\n\r\n`;
  const post = (path, body, headers = "") =>
    `POST ${base}${path} HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
  const answer = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));

  function send(text, answers) {
    socket ??= open();
    socket.ref();
    const promises = Array.from({ length: answers }, answer);
    socket.write(text);
    return promises;
  }

  async function postAndNext(path, body, headers) {
    const [posted, next] = send(post(path, body, headers) + get("/invocation/next"), 2);
    await posted; // Refused ones (too large) are the platform's matter: the runtime goes on.
    return eventOf(await next);
  }
  const errorHeader = (errorType) =>
    `Lambda-Runtime-Function-Error-Type: ${errorType.replace(/[^\x20-\x7e]/g, "?")}\r\n`;

  return {
    address,
    /** Connects before there is anything to ask: the platform then sees that the runtime has booted. */
    async connect() {
      socket ??= open();
      socket.unref();
      if (socket.connecting) await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
    },
    /** Asks for nothing, so that asking and reading have been done once; the platform refuses it where no function is there. */
    rehearse: () => send(get("/rehearsal"), 1)[0],
    next: async () => eventOf(await send(get("/invocation/next"), 1)[0]),
    respondAndNext: (requestId, json) => postAndNext(`/invocation/${requestId}/response`, json),
    errorAndNext: (requestId, json, errorType) =>
      postAndNext(`/invocation/${requestId}/error`, json, errorHeader(errorType)),
    error: (requestId, json, errorType) =>
      send(post(`/invocation/${requestId}/error`, json, errorHeader(errorType)), 1)[0],
    initError: (json, errorType) => send(post("/init/error", json, errorHeader(errorType)), 1)[0],
  };
}
