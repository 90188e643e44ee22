// The yardstick of warm invokes: a bare Node echo server behind a bare Node proxy, each a process of its own.
import { fileURLToPath } from "node:url";
import { aBareServer, type BareServer } from "./bare-server.ts";

const program = fileURLToPath(new URL("./pair-server.ts", import.meta.url));

/** Starts `pair-server.ts` with these arguments. */
export const aServer = (...args: string[]): Promise<BareServer> => aBareServer(program, ...args);

/** A proxy, and behind it one server or several; the port is the proxy's. */
export async function aPair(behind: { kind?: "echo" | "json"; servers?: number } = {}): Promise<BareServer> {
  const { kind = "echo", servers = 1 } = behind;
  await using stack = new AsyncDisposableStack();
  const all: BareServer[] = [];
  for (let count = 0; count < servers; count++) all.push(stack.use(await aServer(kind)));
  const proxy = stack.use(await aServer("proxy", ...all.map((it) => String(it.port))));
  const pids = [proxy, ...all].flatMap((it) => it.pids);
  const resources = stack.move();
  return { port: proxy.port, pids, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
