// What this process and machine are: read here, so that nothing else reads globals.

import { constants, setPriority } from "node:os";

/** `linux`, `darwin` … */
export const platform: string = process.platform;
/** `x64`, `arm64` … */
export const architecture: string = process.arch;
/** This process's id. */
export const processId: number = process.pid;
/** The Node binary that runs this process, and its major version. */
export const nodeBinaryPath: string = process.execPath;
export const nodeMajor: string = process.versions.node.split(".")[0] ?? "";

/** Whether this process is root; false where there is no such thing. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Gives a process the lowest priority; one that has ended already is no matter. */
export function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Ended meanwhile.
  }
}

/** Ends a process at once; one that has ended already is no matter. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended meanwhile.
  }
}

/** Runs `task` once what is ready to be read and written now has been: right after an answer has gone out. */
export function afterIo(task: () => void): void {
  setImmediate(task);
}

/** Runs `task` when what is under way now has ended. */
export function nextTick(task: () => void): void {
  process.nextTick(task);
}
