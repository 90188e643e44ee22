// Packages on the worker: fetched by content, unpacked once, shared by every environment that runs them.
import { createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { Fault } from "../../foundation/fault.ts";

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const SYMLINK_BYTES_MAX = 4096;

/** Gets a package's bytes. */
export type FetchCode = (sha256: string) => Promise<Buffer>;

/** The worker's packages. */
export interface CodeCache {
  /** The directory of the unpacked package. Concurrent calls for one content share the work. */
  directoryOf(sha256: string): Promise<string>;
}

function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
  });
}

async function unpackEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, directory: string): Promise<void> {
  const target = join(directory, entry.fileName);
  const mode = entry.externalFileAttributes >>> 16;
  if (entry.fileName.endsWith("/")) {
    await mkdir(target, { recursive: true, mode: 0o755 });
    return;
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const stream = await zip.openReadStreamPromise(entry);
  if ((mode & FILE_TYPE) === SYMLINK) {
    if (entry.uncompressedSize > SYMLINK_BYTES_MAX) throw new Fault("a symbolic link in the package is too long");
    await symlink((await readAll(stream)).toString("utf8"), target);
    return;
  }
  await pipeline(stream, createWriteStream(target, { flags: "wx" }));
  // Zips made where there are no Unix permissions carry none: AWS makes those readable for all.
  const permissions = (mode & 0o777) === 0 ? 0o644 : mode & 0o755;
  await chmod(target, permissions);
}

/** Unpacks into a directory that must not exist yet. Sizes beyond what the zip declares are refused by the reader. */
export async function unpack(content: Buffer, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const zip = await yauzl.fromBufferPromise(content, { lazyEntries: true, strictFileNames: true });
  for await (const entry of zip.eachEntry()) await unpackEntry(zip, entry, directory);
}

/** A cache in one directory. */
export function createCodeCache(directory: string, fetch: FetchCode): CodeCache {
  const known = new Map<string, Promise<string>>();
  async function load(sha256: string): Promise<string> {
    const target = join(directory, Buffer.from(sha256, "base64").toString("hex"));
    const unfinished = `${target}.part`;
    await rm(unfinished, { recursive: true, force: true });
    await unpack(await fetch(sha256), unfinished);
    await rename(unfinished, target);
    return target;
  }
  return {
    directoryOf(sha256) {
      let loading = known.get(sha256);
      if (loading === undefined) {
        loading = load(sha256);
        known.set(sha256, loading);
        loading.catch(() => known.delete(sha256));
      }
      return loading;
    },
  };
}
