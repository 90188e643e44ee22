// Where environments' clients connect: ports, and which environment each connection is of.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type HttpAnswer, serveHttp, type BodyFlow } from "./http-connection.ts";
import type { BodySink, RequestHead } from "./http-reader.ts";

/** An open port. */
export interface HttpPort extends AsyncDisposable {
  readonly port: number;
}

/** What becomes of connections and requests. */
export interface HttpServerOptions {
  /** Tells an environment by its connection. */
  readonly identify: (socket: Socket) => string;
  readonly onConnect: (identity: string) => void;
  readonly handle: (
    identity: string,
    head: RequestHead,
    answer: (answer: HttpAnswer) => void,
    flow: BodyFlow,
  ) => BodySink;
}

/** The ports of one worker. Disposal ends all connections. */
export interface HttpServer extends AsyncDisposable {
  /** Opens a port; throws what `listen` throws. */
  listen(host: string, port: number): Promise<HttpPort>;
  /** Ends every connection of an environment. */
  disconnect(identity: string): void;
}

/** A server without ports. */
export function createHttpServer({ identify, onConnect, handle }: HttpServerOptions): HttpServer {
  const sockets = new Map<Socket, string>();
  const servers = new Set<Server>();

  function serve(socket: Socket): void {
    const identity = identify(socket);
    sockets.set(socket, identity);
    onConnect(identity);
    socket.once("close", () => sockets.delete(socket));
    serveHttp(socket, (head, answer, flow) => handle(identity, head, answer, flow));
  }

  async function close(server: Server): Promise<void> {
    if (!servers.delete(server)) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  return {
    async listen(host, port) {
      const server = createServer({ noDelay: true }, serve);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port, backlog: 1024 }, resolve);
      });
      servers.add(server);
      return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
    },
    disconnect(identity) {
      for (const [socket, owner] of sockets) if (owner === identity) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all([...servers].map(close));
    },
  };
}
