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

/**
 * Opens a port. Disposal stops taking connections, lets requests under way end, and then closes.
 * Throws what `listen` throws (EADDRINUSE …).
 */
export async function listen(
  handler: RequestListener,
  options: { host: string; port: number; secureContext?: SecureContext },
): Promise<Listener> {
  const http = createHttpServer(
    { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 65_000, requestTimeout: 0 },
    handler,
  );
  http.on("clientError", (error, socket) => {
    // AWS's front door answers a request that is no HTTP with a bare 400.
    if (socket.writable && messageOf(error) !== "") socket.end(badRequest());
    else socket.destroy();
  });
  const sockets = new Set<Socket>();
  const server = createNetServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.once("data", (first) => {
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
      http.close();
      http.closeIdleConnections();
      // What is idle or ends its answer goes by itself; the caller bounds the wait for the rest before this.
      for (const socket of sockets) socket.end();
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}
