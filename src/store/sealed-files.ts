// Large content-addressed files, sealed as they are written and opened as they are read: never whole in memory.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { newHex } from "../foundation/ids.ts";
import type { Seal } from "./seal.ts";

const IV_BYTES = 16;

/** Files by the SHA-256 of what is in them, in hexadecimal. What is read is not verified: who asked knows the hash. */
export interface SealedFiles {
  /** Begins a file whose hash is not known yet. */
  begin(): Promise<UnfinishedFile>;
  /** Bytes that are in it; undefined where there is none. */
  size(sha256: string): number | undefined;
  read(sha256: string): AsyncIterable<Buffer>;
  remove(sha256: string): Promise<void>;
  /** All that is kept, and since when. */
  list(): Promise<readonly { readonly sha256: string; readonly keptAtMs: number }[]>;
  /** Removes everything. */
  clear(): Promise<void>;
}

/** A file that is being written. Disposal removes what was not kept. */
export interface UnfinishedFile extends AsyncDisposable {
  readonly bytes: number;
  /** Adds to its end. Calls come one after the other. */
  append(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** Keeps it, durably, under its hash, where that is `sha256`; false where it is another. */
  keep(sha256: string): Promise<boolean>;
}

/** Files in one directory. What a crash left unfinished is removed. */
export async function createSealedFiles(directory: string, seal: Seal): Promise<SealedFiles> {
  await rm(join(directory, "unfinished"), { recursive: true, force: true });
  await mkdir(join(directory, "unfinished"), { recursive: true, mode: 0o700 });
  const placeOf = (sha256: string): string => join(directory, sha256);

  async function begin(): Promise<UnfinishedFile> {
    const iv = randomBytes(IV_BYTES);
    const cipher = seal.streamCipher(iv);
    const hash = createHash("sha256");
    const unfinished = join(directory, "unfinished", newHex(16));
    const file = await open(unfinished, "wx", 0o600);
    await file.writeFile(iv);
    await file.close();
    let bytes = 0;
    async function* sealed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield cipher.update(chunk);
      }
    }
    return {
      get bytes() {
        return bytes;
      },
      async append(chunks, signal) {
        await pipeline(sealed(chunks), createWriteStream(unfinished, { flags: "a", flush: true }), { signal });
      },
      async keep(sha256) {
        if (hash.digest("hex") !== sha256) return false;
        await rename(unfinished, placeOf(sha256));
        await using folder = await open(directory, "r");
        await folder.sync();
        return true;
      },
      [Symbol.asyncDispose]: () => rm(unfinished, { force: true }),
    };
  }

  async function* read(sha256: string): AsyncGenerator<Buffer> {
    const iv = Buffer.alloc(IV_BYTES);
    {
      await using handle = await open(placeOf(sha256), "r");
      await handle.read(iv, 0, IV_BYTES, 0);
    }
    const cipher = seal.streamCipher(iv);
    for await (const chunk of createReadStream(placeOf(sha256), { start: IV_BYTES }))
      yield cipher.update(chunk as Buffer);
  }

  return {
    begin,
    read,
    size(sha256) {
      const found = statSync(placeOf(sha256), { throwIfNoEntry: false });
      return found === undefined ? undefined : found.size - IV_BYTES;
    },
    remove: (sha256) => rm(placeOf(sha256), { force: true }),
    async list() {
      const names = (await readdir(directory)).filter((it) => /^[0-9a-f]{64}$/u.test(it));
      const found = names.map((sha256) => ({ sha256, stat: statSync(placeOf(sha256), { throwIfNoEntry: false }) }));
      return found.flatMap(({ sha256, stat }) => (stat === undefined ? [] : [{ sha256, keptAtMs: stat.mtimeMs }]));
    },
    async clear() {
      await rm(directory, { recursive: true, force: true });
      await mkdir(join(directory, "unfinished"), { recursive: true, mode: 0o700 });
    },
  };
}
