// Runs a command on a pseudo-terminal, as somebody would who sits before it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";

const SPAWNS = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** Says why there is no terminal to be had; undefined where there is one. */
export function whyNoTerminal(): string | undefined {
  return spawnSync("python3", ["-c", "import pty"]).status === 0 ? undefined : "python3 with its pty module is missing";
}

/** A command that runs on a terminal. Disposal takes the terminal away, which ends what runs on it. */
export interface OnTerminal extends Disposable {
  readonly process: ChildProcess;
  /** Everything that the terminal has shown. */
  shown(): string;
  /** Resolves once it shows something that matches. */
  shows(pattern: RegExp): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

const TIMEOUT_MS = 120_000;

/** Starts it; further variables of the environment go over this process's own. */
export function onTerminal(command: readonly string[], env: Readonly<Record<string, string>> = {}): OnTerminal {
  const child = spawn("python3", ["-c", SPAWNS, ...command], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TERM: "xterm", ...env },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text = `${text}${chunk}`.replaceAll("\r\n", "\n")));
  return {
    process: child,
    shown: () => text,
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(new Error(`the terminal never showed ${String(pattern)}:\n${text}`));
        const timeout = setTimeout(fail, TIMEOUT_MS);
        const look = (): void => {
          if (!pattern.test(text)) return;
          clearTimeout(timeout);
          child.stdout.off("data", look);
          resolve();
        };
        child.stdout.on("data", look);
        child.once("exit", fail);
        look();
      }),
    ended: new Promise((resolve) => child.once("close", (code) => resolve(code ?? -1))),
    [Symbol.dispose]: () => void child.kill("SIGHUP"),
  };
}
