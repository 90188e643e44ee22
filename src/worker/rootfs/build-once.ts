// Makes a directory whole or not at all, also where several processes want the same one at once.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { newHex } from "../../foundation/ids.ts";

/** Fills a directory of its own and then gives it its name; whoever comes second uses what the first has made. */
export async function buildOnce(target: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (existsSync(target)) return;
  const unfinished = `${target}.${newHex(4)}.part`;
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o755 });
    await fill(unfinished);
    await rename(unfinished, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
