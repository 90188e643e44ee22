// Reads what a sandbox's init and its booted runtime report, line by line: `ready`, `waiting`, `pid N`, `exit N`, `none`,
// `extension N CODE`.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { RuntimeExit } from "./sandbox-driver.ts";

const LINE_BYTES_MAX = 1024;

/** The reader of one sandbox's reports. Extensions are told apart by numbers, which are never used again. */
export interface ReportReader {
  readonly read: (bytes: Buffer) => void;
  readonly end: () => void;
  /** How the runtime launched next (or now running) ends. */
  nextExit(): Promise<RuntimeExit>;
  /** How an extension launched next ends. */
  extensionExit(number: number): Promise<RuntimeExit>;
  /** Resolves when a booted runtime waits for its function. */
  readonly waiting: Promise<void>;
  /** The sandbox, or the runtime that ran in it, has ended. */
  hasEnded(): boolean;
  /** The runtime's process, where the init tells it. */
  pid(): number | undefined;
}

/** A shell gives a death by signal N as 128 + N; a runtime that exits with such a code itself looks the same. */
function exitOf(code: number): RuntimeExit {
  return code > 128 && code < 160 ? { kind: "signalled", signal: code - 128 } : { kind: "exited", code };
}

/** A reader that has seen nothing yet. */
export function createReportReader(): ReportReader {
  let rest = "";
  let isGone = false;
  let pid: number | undefined;
  let hasEnded = false;
  let exiting: Deferred<RuntimeExit> | undefined;
  const waiting = createDeferred<void>();
  const extensions = new Map<number, Deferred<RuntimeExit>>();
  const settle = (exit: RuntimeExit): void => {
    hasEnded = true;
    exiting?.resolve(exit);
    exiting = undefined;
  };
  return {
    read(bytes) {
      rest = (rest + bytes.toString("latin1")).slice(-LINE_BYTES_MAX);
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "none") settle({ kind: "noBootstrap" });
        if (line === "waiting") waiting.resolve();
        const started = /^pid (\d{1,10})$/u.exec(line)?.[1];
        if (started !== undefined) pid = Number(started);
        const [, number, extensionCode] = /^extension (\d{1,10}) (\d{1,3})$/u.exec(line) ?? [];
        if (number !== undefined) extensions.get(Number(number))?.resolve(exitOf(Number(extensionCode)));
        const code = /^exit (\d{1,3})$/u.exec(line)?.[1];
        if (code !== undefined) settle(exitOf(Number(code)));
      }
    },
    end() {
      isGone = true;
      settle({ kind: "sandboxGone" });
      for (const extension of extensions.values()) extension.resolve({ kind: "sandboxGone" });
    },
    extensionExit(number) {
      const exit = createDeferred<RuntimeExit>();
      extensions.set(number, exit);
      if (isGone) exit.resolve({ kind: "sandboxGone" });
      return exit.promise;
    },
    nextExit() {
      exiting = createDeferred();
      hasEnded = false;
      const { promise } = exiting;
      if (isGone) settle({ kind: "sandboxGone" });
      return promise;
    },
    waiting: waiting.promise,
    hasEnded: () => hasEnded,
    pid: () => pid,
  };
}
