// Content-addressed sealed files: packages, found by the SHA-256 of what is in them.
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { newHex } from "../foundation/ids.ts";
import type { Seal } from "./seal.ts";

/** Files by content. Keys are SHA-256 in base64, as AWS shows them. */
export interface BlobStore {
  /** Durable when it resolves. The same content is stored once. */
  put(content: Uint8Array): Promise<string>;
  /** Undefined when there is none. */
  get(sha256: string): Promise<Buffer | undefined>;
  /** What is there will be used in a moment: no sweep takes it within an hour. False when there is none. */
  keep(sha256: string): boolean;
  /**
   * Removes files that are not in `used` and that nobody has put or used for an hour: what was put a moment ago will
   * be used in the next, and what was used a moment ago may still be asked for. Also what a crash left half written.
   */
  sweep(used: ReadonlySet<string>): void;
  /** Removes every file. */
  clear(): Promise<void>;
}

const UNUSED_MS_MIN = 3_600_000;

const nameOf = (sha256: string): string => Buffer.from(sha256, "base64").toString("hex");

/** A file's own time is when it was last put or seen in use, by the given clock. False when there is no such file. */
function touch(file: string, nowMs: number): boolean {
  try {
    utimesSync(file, nowMs / 1000, nowMs / 1000);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function write(directory: string, name: string, content: Buffer, nowMs: number): Promise<void> {
  const unfinished = join(directory, `${name}.${newHex(4)}.part`);
  const file = await open(unfinished, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.utimes(nowMs / 1000, nowMs / 1000);
    await file.sync();
  } finally {
    await file.close();
  }
  // A rename is atomic: a crash leaves the whole file or only a .part, which a sweep removes.
  await rename(unfinished, join(directory, name));
  // The name is on disk once its directory is.
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The store in one directory. */
export async function createBlobStore(directory: string, seal: Seal, nowMs: () => number): Promise<BlobStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    async put(content) {
      const sha256 = createHash("sha256").update(content).digest("base64");
      const name = nameOf(sha256);
      // Touching and sweeping are each one step, so no sweep can come between this and the file's use.
      if (!touch(join(directory, name), nowMs())) {
        await write(directory, name, seal.seal(content, `blob:${name}`), nowMs());
      }
      return sha256;
    },
    async get(sha256) {
      const name = nameOf(sha256);
      try {
        return seal.open(await readFile(join(directory, name)), `blob:${name}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    keep: (sha256) => touch(join(directory, nameOf(sha256)), nowMs()),
    sweep(used) {
      const kept = new Set([...used].map(nameOf));
      for (const name of readdirSync(directory)) {
        const file = join(directory, name);
        // What is being written may get its name meanwhile.
        const { mtimeMs = nowMs() } = statSync(file, { throwIfNoEntry: false }) ?? {};
        if (kept.has(name)) touch(file, nowMs());
        else if (nowMs() - mtimeMs > UNUSED_MS_MIN) rmSync(file, { force: true });
      }
    },
    async clear() {
      for (const name of readdirSync(directory)) await rm(join(directory, name), { force: true });
    },
  };
}
