// Which shared libraries a binary needs, loader included: what a root filesystem must hold for it to start.
import { runOfSystem, THIS_SYSTEM } from "./sysroot.ts";

/** Absolute paths as the system's loader names them; empty for static binaries and scripts. */
export async function libraryClosure(binary: string, sysroot: string = THIS_SYSTEM): Promise<readonly string[]> {
  const said = await runOfSystem(sysroot, ["ldd", binary]);
  if (said?.code !== 0) return [];
  const found = said.stdout.split("\n").map((line) => /(?:=>\s*)?(\/\S+)\s+\(0x/u.exec(line)?.[1]);
  return found.filter((it) => it !== undefined);
}
