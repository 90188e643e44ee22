// Both ends of a link over a socket of this machine, for tests.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createDeferred } from "../foundation/deferred.ts";
import { type Connection, createConnection, type LinkHandlers, type Parcel } from "./connection.ts";

/** Two connected sockets. Disposal closes both. */
export interface SocketPair extends AsyncDisposable {
  readonly near: Socket;
  readonly far: Socket;
}

/** Connects two sockets. Small writes are not held back, so that what is cut arrives cut. */
export async function aSocketPair(): Promise<SocketPair> {
  const server = createServer({ noDelay: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const address = server.address();
  const near = connect({ port: typeof address === "object" ? (address?.port ?? 0) : 0, noDelay: true });
  const [[far]] = await Promise.all([accepted, once(near, "connect")]);
  server.close();
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      const open = [near, far].filter((it) => !it.closed);
      const ended = open.map((it) => once(it, "close"));
      for (const socket of open) socket.on("error", () => undefined).destroy();
      await Promise.all(ended);
    },
  };
}

/** An end of the link, and when it ended. */
export interface LinkEnd {
  readonly connection: Connection;
  readonly closed: Promise<void>;
  /** How often it was told. */
  closings(): number;
}

/** Speaks the link over a socket; answers every call with what it was sent, but for what a test plays itself. */
export function aLinkEnd(socket: Socket, plays: Partial<LinkHandlers> = {}): LinkEnd {
  const closed = createDeferred<void>();
  let closings = 0;
  const connection = createConnection(socket, {
    onCall: (method, { header, body }): Promise<Parcel> => Promise.resolve({ header: { method, header }, body }),
    onNotice: () => undefined,
    ...plays,
    onClose() {
      closings++;
      plays.onClose?.();
      closed.resolve();
    },
  });
  return { connection, closed: closed.promise, closings: () => closings };
}
