// Systems that binaries are taken from: this machine's own, and others that lie unpacked in a directory, each with its own C library.
import { type Finished, run } from "../../foundation/subprocess.ts";
import { runInRoot } from "./run-in-root.ts";

/** The sysroot of this machine's own system. Every other is the directory that a system's paths are below. */
export const THIS_SYSTEM = "/";

/** Runs a program of a system to its end; undefined for another system's where this process is not root. */
export async function runOfSystem(
  sysroot: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<Finished | undefined> {
  // Its paths are compiled into a program and its loader, so another system's runs only where they are true.
  return sysroot === THIS_SYSTEM ? await run(program, args) : await runInRoot(sysroot, [program, ...args]);
}
