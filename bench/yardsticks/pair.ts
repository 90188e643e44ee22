// The yardstick of warm invokes: a bare Node echo server behind a bare Node proxy, each a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("./pair-server.ts", import.meta.url));

/** A server on a port; ends with its holder. */
export interface BareServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts `pair-server.ts` with these arguments. */
export async function aServer(...args: string[]): Promise<BareServer> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", server, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the bare server ended"))),
  ])) as [Buffer];
  return { port: Number(text.toString()), [Symbol.asyncDispose]: () => ended(child) };
}

/** Ends a process and waits until it has. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** A proxy, and behind it one server or several; the port is the proxy's. */
export async function aPair(behind: { kind?: "echo" | "json"; servers?: number } = {}): Promise<BareServer> {
  const { kind = "echo", servers = 1 } = behind;
  await using stack = new AsyncDisposableStack();
  const ports: string[] = [];
  for (let count = 0; count < servers; count++) ports.push(String(stack.use(await aServer(kind)).port));
  const proxy = stack.use(await aServer("proxy", ...ports));
  const resources = stack.move();
  return { port: proxy.port, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
