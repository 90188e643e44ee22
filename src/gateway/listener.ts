// First step of a request: one port for HTTP and TLS, told apart by the first byte.
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { messageOf } from "../foundation/fault.ts";
import { nextTick } from "../foundation/host.ts";
import { newUuid } from "../foundation/ids.ts";

const TLS_HANDSHAKE = 0x16;
const HEADER_BYTES_MAX = 1 << 20;
const FIRST_BYTE_TIMEOUT_MS = 30_000;

/** An open port. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly host: string;
}

const badRequest = (): string =>
  `HTTP/1.1 400 Bad Request\r\nx-amzn-RequestId: ${newUuid()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

function hand(socket: Socket, first: Buffer, http: HttpServer, secureContext: SecureContext | undefined): void {
  if (first[0] !== TLS_HANDSHAKE) {
    http.emit("connection", socket);
    socket.unshift(first);
    // The server has begun to read by its own means in the meantime; what was peeked at comes first all the same.
    nextTick(() => socket.resume());
  } else if (secureContext === undefined) {
    socket.destroy();
  } else {
    socket.unshift(first);
    const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
    secure.on("error", () => secure.destroy());
    http.emit("connection", secure);
  }
}

/** Knows which connections have a request under way, so that a drain ends only those that have none. */
function createDrain(handler: RequestListener) {
  const underway = new Map<Socket, number>();
  const open = new Set<Socket>();
  let isDraining = false;
  const endIfIdle = (socket: Socket): void => {
    if (isDraining && !underway.has(socket)) socket.end();
  };
  return {
    opened(socket: Socket): void {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
    },
    handler: ((message, response) => {
      const { socket } = message;
      underway.set(socket, (underway.get(socket) ?? 0) + 1);
      if (isDraining) response.shouldKeepAlive = false;
      response.once("close", () => {
        const left = (underway.get(socket) ?? 1) - 1;
        if (left > 0) underway.set(socket, left);
        else underway.delete(socket);
        endIfIdle(socket);
      });
      handler(message, response);
    }) satisfies RequestListener,
    begin(): void {
      isDraining = true;
      for (const socket of open) endIfIdle(socket);
    },
  };
}

/**
 * Opens a port. Disposal stops taking connections, lets requests under way end, and then closes.
 * Throws what `listen` throws (EADDRINUSE …).
 */
export async function listen(
  handler: RequestListener,
  options: { host: string; port: number; secureContext?: SecureContext },
): Promise<Listener> {
  const drain = createDrain(handler);
  const http = createHttpServer(
    { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 65_000, requestTimeout: 0 },
    drain.handler,
  );
  http.on("connection", drain.opened);
  http.on("clientError", (error, socket) => {
    // AWS's front door answers a request that is no HTTP with a bare 400.
    if (socket.writable && messageOf(error) !== "") socket.end(badRequest());
    else socket.destroy();
  });
  /** Those that have not said anything yet. */
  const silent = new Set<Socket>();
  const server = createNetServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.once("data", (first) => {
      silent.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.pause();
      hand(socket, Buffer.from(first), http, options.secureContext);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, backlog: 1024 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: options.host,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // What has a request under way ends with its answer; the caller bounds the wait.
      for (const socket of silent) socket.destroy();
      drain.begin();
      await closed;
    },
  };
}
