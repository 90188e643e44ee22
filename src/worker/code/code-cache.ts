// Packages on the worker: fetched by content, unpacked once, shared by every environment that runs them, let go when nobody
// has for a while.
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpack } from "./unpack.ts";

/** Gets a package's bytes. */
export type FetchCode = (sha256: string) => Promise<Buffer>;

/** A package in use; disposal gives it back, once. */
export interface CodeLease extends Disposable {
  readonly directory: string;
}

/** The worker's packages. */
export interface CodeCache {
  /** The unpacked package. Concurrent calls for one content share the work. */
  acquire(sha256: string): Promise<CodeLease>;
}

interface Entry {
  readonly sha256: string;
  readonly loaded: Promise<{ readonly directory: string; readonly bytes: number }>;
  users: number;
  bytes: number;
}

/**
 * A cache in one directory. What nobody uses is kept up to `unusedBytesMax` unpacked bytes, the longest unused goes first.
 * `onFault` is told when something could not be removed.
 */
export function createCodeCache(options: {
  directory: string;
  fetch: FetchCode;
  unusedBytesMax: number;
  onFault: (error: unknown) => void;
}): CodeCache {
  const { directory, fetch, unusedBytesMax, onFault } = options;
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();
  let serial = 0;

  async function load(sha256: string): Promise<{ directory: string; bytes: number }> {
    // A name of its own each time: an older one of the same content may still be on its way out.
    const target = join(directory, `${Buffer.from(sha256, "base64").toString("hex")}-${serial++}`);
    const unfinished = `${target}.part`;
    try {
      const bytes = await unpack(await fetch(sha256), unfinished);
      await rename(unfinished, target);
      return { directory: target, bytes };
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  }

  function entryOf(sha256: string): Entry {
    const known = entries.get(sha256);
    if (known !== undefined) return known;
    const entry: Entry = { sha256, loaded: load(sha256), users: 0, bytes: 0 };
    entries.set(sha256, entry);
    entry.loaded.then(
      (it) => (entry.bytes = it.bytes),
      () => entries.delete(sha256),
    );
    return entry;
  }

  function evict(): void {
    const unused = [...entries.values()].filter((it) => it.users === 0);
    let bytes = unused.reduce((sum, it) => sum + it.bytes, 0);
    for (const entry of unused) {
      if (bytes <= unusedBytesMax) return;
      bytes -= entry.bytes;
      entries.delete(entry.sha256);
      entry.loaded.then((it) => rm(it.directory, { recursive: true, force: true })).catch(onFault);
    }
  }

  return {
    async acquire(sha256) {
      const entry = entryOf(sha256);
      entry.users++;
      let isHeld = true;
      const release = (): void => {
        if (!isHeld) return;
        isHeld = false;
        entry.users--;
        if (entries.get(sha256) !== entry) return;
        // To the end of the line: it was used last.
        entries.delete(sha256);
        entries.set(sha256, entry);
        evict();
      };
      try {
        const { directory: unpacked } = await entry.loaded;
        return { directory: unpacked, [Symbol.dispose]: release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
