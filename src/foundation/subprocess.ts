// Runs a program to its end, with arguments as a list, bounded output and a deadline.
import { spawn } from "node:child_process";
import { Fault } from "./fault.ts";

const OUTPUT_BYTES_MAX = 1 << 20;

/** What a program said. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Asks the program to end (SIGTERM) when this resolves. */
  readonly endWhen?: Promise<unknown>;
}

/** Runs to the end whatever the exit code. Throws a Fault when the program can't be started. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 30_000,
      killSignal: "SIGKILL",
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    void options.endWhen?.then(() => child.kill("SIGTERM"));
    const collected = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        if (collected[name].length < OUTPUT_BYTES_MAX) collected[name] += chunk;
      });
    }
    child.on("error", (cause) => reject(new Fault(`${file} could not be started`, { cause })));
    child.on("close", (code) => resolve({ code: code ?? -1, ...collected }));
    // A program that ends without reading its input is no trouble of ours.
    child.stdin.on("error", () => undefined).end(options.input ?? "");
  });
}

/** Runs and gives the standard output; anything but exit code 0 is a Fault. */
export async function runOrFault(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await run(file, args, options);
  if (finished.code !== 0) {
    const said = finished.stderr.trim() || finished.stdout.trim();
    throw new Fault(`${file} ${args[0] ?? ""} ended with ${finished.code}: ${said}`, { context: { args } });
  }
  return finished.stdout;
}
