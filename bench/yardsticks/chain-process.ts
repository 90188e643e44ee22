// One process of the bare chain: `front SOCKET` takes HTTP and passes bodies on over that unix socket, `middle SOCKET` has runtimes
// that poll it for them, `runtime PORT` gives back what it gets. Each says a port when it is ready.
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createSocketServer, type Server, type Socket } from "node:net";

/** One request's bytes, under its number. */
interface Call {
  readonly id: number;
  readonly body: Buffer;
}

/** Length and number of a call, then its bytes. */
const HEAD_BYTES = 8;
const NEXT = "GET /next HTTP/1.1\r\n\r\n";
const TAKEN = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

/** Cuts a stream into what `cut` finds at its beginning: how many bytes, or undefined while it has not all come. */
function reader(cut: (bytes: Buffer) => number | undefined): (chunk: Buffer) => void {
  let bytes: Buffer = Buffer.alloc(0);
  return (chunk) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    for (let length = cut(bytes); length !== undefined; length = cut(bytes)) bytes = bytes.subarray(length);
  };
}

const calls = (onCall: (call: Call) => void): ((chunk: Buffer) => void) =>
  reader((bytes) => {
    const end = bytes.length < HEAD_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES + bytes.readUInt32LE(0);
    if (bytes.length < end) return undefined;
    onCall({ id: bytes.readUInt32LE(4), body: bytes.subarray(HEAD_BYTES, end) });
    return end;
  });

function sendCall(socket: Socket, { id, body }: Call): void {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(id, 4);
  socket.write(Buffer.concat([head, body]));
}

const messages = (onMessage: (head: string, body: Buffer) => void): ((chunk: Buffer) => void) =>
  reader((bytes) => {
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd < 0) return undefined;
    const head = bytes.toString("latin1", 0, headEnd);
    const end = headEnd + 4 + Number(/Content-Length: (\d+)/u.exec(head)?.[1] ?? 0);
    if (bytes.length < end) return undefined;
    onMessage(head, bytes.subarray(headEnd + 4, end));
    return end;
  });

/** A message with its length, and what goes ahead of it or behind it in the same write. */
const message = (line: string, body: Buffer, of: { ahead?: string; behind?: string } = {}): Buffer => {
  const { ahead = "", behind = "" } = of;
  return Buffer.concat([
    Buffer.from(`${ahead}${line}\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
    Buffer.from(behind),
  ]);
};

const say = (port: number): void => void process.stdout.write(`${port}\n`);
const sayPortOf = (server: Server): void => say((server.address() as AddressInfo).port);

/** As services: requests in, over the link, and back. */
function front(path: string): void {
  const waiting = new Map<number, (body: Buffer) => void>();
  let link: Socket | undefined;
  let last = 0;
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (link === undefined) return void response.writeHead(503).end();
      waiting.set(++last, (body) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
        response.end(body);
      });
      sendCall(link, { id: last, body: Buffer.concat(chunks) });
    });
  });
  const onAnswer = ({ id, body }: Call): void => {
    waiting.get(id)?.(body);
    waiting.delete(id);
  };
  createSocketServer((socket) => (link = socket.on("data", calls(onAnswer)))).listen(path, () =>
    http.listen(0, "127.0.0.1", () => sayPortOf(http)),
  );
}

/** As the worker: a call to the runtime that has been free for the shortest, as soon as there is one. */
function middle(path: string): void {
  const free: ((call: Call) => void)[] = [];
  const queue: Call[] = [];
  const link = connect(path);
  const onCall = (call: Call): void => {
    const give = free.pop();
    if (give === undefined) queue.push(call);
    else give(call);
  };
  link.on("data", calls(onCall));
  const server = createSocketServer({ noDelay: true }, (socket) => {
    let underWay = 0;
    // As Hearth has it, that a response is taken is said together with the next event.
    let ahead = "";
    const give = ({ id, body }: Call): void => {
      underWay = id;
      socket.write(message("HTTP/1.1 200 OK", body, { ahead }));
    };
    const onMessage = (head: string, body: Buffer): void => {
      if (head.startsWith("POST")) {
        ahead = TAKEN;
        return sendCall(link, { id: underWay, body });
      }
      const call = queue.shift();
      if (call === undefined) free.push(give);
      else give(call);
    };
    socket.on("data", messages(onMessage));
  });
  link.once("connect", () => server.listen(0, "127.0.0.1", () => sayPortOf(server)));
}

/** As the runtime: a response and the question for the next event in one write, as Hearth's clients have it. */
function runtime(port: number): void {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
    socket.write(NEXT);
    say(port);
  });
  const onMessage = (head: string, body: Buffer): void => {
    if (head.includes(" 200 ")) socket.write(message("POST /response HTTP/1.1", body, { behind: NEXT }));
  };
  socket.on("data", messages(onMessage));
}

const [kind, at = ""] = process.argv.slice(2);
if (kind === "front") front(at);
else if (kind === "middle") middle(at);
else runtime(Number(at));
