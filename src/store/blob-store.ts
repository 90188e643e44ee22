// Content-addressed sealed files: packages, found by the SHA-256 of what is in them.
import { createHash } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { newHex } from "../foundation/ids.ts";
import type { Seal } from "./seal.ts";

/** Files by content. Keys are SHA-256 in base64, as AWS shows them. */
export interface BlobStore {
  /** Durable when it resolves. The same content is stored once. */
  put(content: Uint8Array): Promise<string>;
  /** Undefined when there is none. */
  get(sha256: string): Promise<Buffer | undefined>;
  /** Removes every file that is not in `keep`; run when nothing is being put. */
  removeAllBut(keep: ReadonlySet<string>): Promise<void>;
}

const nameOf = (sha256: string): string => Buffer.from(sha256, "base64").toString("hex");

/** The store in one directory. */
export async function createBlobStore(directory: string, seal: Seal): Promise<BlobStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    async put(content) {
      const sha256 = createHash("sha256").update(content).digest("base64");
      const name = nameOf(sha256);
      const unfinished = join(directory, `${name}.${newHex(4)}.part`);
      const file = await open(unfinished, "wx", 0o600);
      await file.writeFile(seal.seal(content, `blob:${name}`));
      await file.sync();
      await file.close();
      // A rename is atomic: a crash leaves the whole file or only a .part, which the next sweep removes.
      await rename(unfinished, join(directory, name));
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
    async removeAllBut(keep) {
      const kept = new Set([...keep].map(nameOf));
      for (const name of await readdir(directory)) {
        if (!kept.has(name)) await rm(join(directory, name), { force: true });
      }
    },
  };
}
