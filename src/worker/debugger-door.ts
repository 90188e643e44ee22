// Where a debugger on this machine reaches a runtime in its sandbox: a port of the loopback, for one environment at a time.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Clock } from "../foundation/clock.ts";
import { sleep } from "../foundation/clock.ts";
import type { SandboxAddress } from "./sandboxes/sandbox-driver.ts";

const LOOPBACK = "127.0.0.1";
/** Inside a sandbox every port is free. */
const INSIDE_PORT = 9229;
/** A debugger may come before the runtime listens. */
const AGAIN_AFTER_MS = 50;
const TRIES_MAX = 200;

/** Where the runtime listens for its debugger, as it sees it itself. */
export interface DebugTarget {
  readonly host: string;
  readonly port: number;
}

/** The open port. Disposal closes it and every connection. */
export interface DebuggerDoor extends Disposable {
  readonly target: DebugTarget;
}

async function listening(port: number, onSocket: (socket: Socket) => void) {
  const server = createServer({ pauseOnConnect: true }, onSocket);
  const failed = once(server, "error").then(([error]) => Promise.reject(error as Error));
  server.listen(port, LOOPBACK);
  await Promise.race([once(server, "listening"), failed]);
  server.on("error", () => undefined);
  return server;
}

/** A plain process shares its ports with all others. */
async function freePort(): Promise<number> {
  const server = await listening(0, (socket) => socket.destroy());
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens the port; undefined where somebody else has it, as another environment of the function may. */
export async function openDebuggerDoor(
  clock: Clock,
  port: number,
  { host, localAddress }: SandboxAddress,
): Promise<DebuggerDoor | undefined> {
  const isOwnNetwork = localAddress !== undefined;
  const target = isOwnNetwork ? { host: "0.0.0.0", port: INSIDE_PORT } : { host: LOOPBACK, port: await freePort() };
  const at = { host, port: target.port, ...(isOwnNetwork ? { localAddress } : {}) };
  const open = new Set<Socket>();
  const ended = new AbortController();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy());
  };

  async function join(client: Socket): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX && !client.destroyed; tries++) {
      const runtime = keep(connect(at));
      try {
        await once(runtime, "connect", { signal: ended.signal });
      } catch {
        runtime.destroy();
        await sleep(clock, AGAIN_AFTER_MS, ended.signal);
        continue;
      }
      client.once("close", () => runtime.destroy());
      runtime.once("close", () => client.destroy());
      client.pipe(runtime).pipe(client);
      return;
    }
    client.destroy();
  }

  const server = await listening(port, (socket) => void join(keep(socket)).catch(() => socket.destroy())).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") return undefined;
      throw error;
    },
  );
  if (server === undefined) return undefined;
  return {
    target,
    [Symbol.dispose]() {
      ended.abort(new Error("the environment has ended"));
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
