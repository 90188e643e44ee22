// A bare server as a process of its own, for yardsticks: it says its port when it is ready, and ends with its holder.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A server on a port; ends with its holder. */
export interface BareServer extends AsyncDisposable {
  readonly port: number;
  /** Itself, and those behind it. */
  readonly pids: readonly number[];
}

/** Starts a program of Node's with these arguments and waits for the port that it says. */
export async function aBareServer(program: string, ...args: string[]): Promise<BareServer> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the bare server ended"))),
  ])) as [Buffer];
  const pids = child.pid === undefined ? [] : [child.pid];
  return { port: Number(text.toString()), pids, [Symbol.asyncDispose]: () => ended(child) };
}

/** Ends a process and waits until it has. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
