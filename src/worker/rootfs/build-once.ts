// Makes a directory whole or not at all, also where several processes want the same one at once.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { newHex } from "../../foundation/ids.ts";

/** What builds longer than this was given up. */
const UNFINISHED_MS_MAX = 3_600_000;

/** Removes what builds that were killed have left in a directory of roots and in its cache; younger ones may be under way. */
export function removeUnfinished(directory: string, nowMs: number): void {
  for (const place of [directory, join(directory, "cache")]) {
    const names = existsSync(place) ? readdirSync(place) : [];
    for (const name of names.filter((it) => it.endsWith(".part") || it.startsWith("image-"))) {
      const path = join(place, name);
      const madeAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
      if (nowMs - madeAtMs > UNFINISHED_MS_MAX) rmSync(path, { recursive: true, force: true });
    }
  }
}

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
