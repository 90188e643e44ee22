// Another program that runs Lambda functions on one's own machine: how it is installed, started and asked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { dirname, delimiter } from "node:path";
import type { Asked } from "../measure.ts";
import { rest } from "../section.ts";

const READY_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 25;

/** One that runs, with the handler that echoes. */
export interface RunningPeer extends AsyncDisposable {
  readonly version: string;
  /** A function that has not been invoked yet; at most ten of them. */
  fresh(): Promise<Asked>;
}

/** One that may be had here. */
export interface Peer {
  readonly id: string;
  readonly name: string;
  /** Installs and starts it below a directory. Throws with the reason where it can't be had. */
  start(directory: string): Promise<RunningPeer>;
}

/** How many functions a peer is given. */
export const FUNCTIONS = 10;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Starts a program with the Node of this run first on PATH and waits for its port; ends it with all it started. */
export async function aPeerProcess(of: {
  command: readonly string[];
  cwd: string;
  port: number;
  env?: Readonly<Record<string, string>>;
}): Promise<AsyncDisposable> {
  const [file = "", ...args] = of.command;
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(file, args, {
    cwd: of.cwd,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: path, ...of.env },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-2_000)));
  // A program that can't be started has no exit: its error says why.
  const exited = once(child, "exit").catch((error: unknown) => (said = String(error)));
  const end = async (): Promise<void> => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // All of it has ended.
    }
    await exited;
  };
  const startedMs = performance.now();
  while (!(await isOpen(of.port))) {
    const isLate = performance.now() - startedMs > READY_TIMEOUT_MS;
    if (!isLate && child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      await rest(LOOK_EVERY_MS);
      continue;
    }
    await (child.pid === undefined ? exited : end());
    throw new Error(`${file} ${isLate ? "did not open its port in a minute" : "ended"}: ${said.trim()}`);
  }
  return { [Symbol.asyncDispose]: end };
}
