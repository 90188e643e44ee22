// The floor of warm invokes: bare processes with nothing in them but the hops that an invoke makes. HTTP to one (as services),
// a unix socket to another (as the worker), which is polled over HTTP by a third (as the runtime), and the same way back.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../section.ts";
import { aBareServer, type BareServer } from "./bare-server.ts";

const program = fileURLToPath(new URL("./chain-process.ts", import.meta.url));

/** A chain with one runtime or several; the port is the first process's. */
export async function aChain(behind: { runtimes?: number } = {}): Promise<BareServer> {
  await using stack = new AsyncDisposableStack();
  const path = join(stack.use(temporaryDirectory()).path, "link");
  const start = async (...args: string[]): Promise<BareServer> => stack.use(await aBareServer(program, ...args));
  const front = await start("front", path);
  const middle = await start("middle", path);
  const all = [front, middle];
  for (let count = 0; count < (behind.runtimes ?? 1); count++) all.push(await start("runtime", String(middle.port)));
  const pids = all.flatMap((it) => it.pids);
  const resources = stack.move();
  return { port: front.port, pids, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
