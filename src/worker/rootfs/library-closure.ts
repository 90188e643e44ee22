// Which shared libraries a binary needs, loader included: what a root filesystem must hold for it to start.
import { run } from "../../foundation/subprocess.ts";

/** Absolute paths as the loader names them; empty for static binaries and scripts. */
export async function libraryClosure(binary: string): Promise<readonly string[]> {
  const { code, stdout } = await run("ldd", [binary]);
  if (code !== 0) return [];
  const found = stdout.split("\n").map((line) => /(?:=>\s*)?(\/\S+)\s+\(0x/u.exec(line)?.[1]);
  return found.filter((it) => it !== undefined);
}
