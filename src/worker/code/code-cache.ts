// Packages on the worker: fetched by content, unpacked once, shared by every environment that runs them, let go when nobody
// has for a while.
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CodeImage, type CodeImages, replaceByImage } from "./code-image.ts";
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

interface Loaded {
  readonly directory: string;
  readonly bytes: number;
  readonly image: CodeImage | undefined;
}

interface Entry {
  readonly sha256: string;
  readonly loaded: Promise<Loaded>;
  users: number;
  bytes: number;
}

export type { CodeImages } from "./code-image.ts";

/** Where it lies and what it stands on. `onFault` is told when something could not be removed. */
export interface CodeCacheOptions {
  readonly directory: string;
  readonly fetch: FetchCode;
  /** Unpacked bytes that nobody uses and that are kept; the longest unused go first. */
  readonly unusedBytesMax: number;
  /** Which packages become images; undefined: none. */
  readonly images: CodeImages | undefined;
  readonly onFault: (error: unknown) => void;
}

/** A cache in one directory. */
export function createCodeCache(options: CodeCacheOptions): CodeCache {
  return new DirectoryCache(options);
}

class DirectoryCache implements CodeCache {
  readonly #options: CodeCacheOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #serial = 0;

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  async acquire(sha256: string): Promise<CodeLease> {
    const entry = this.#entryOf(sha256);
    entry.users++;
    let isHeld = true;
    const release = (): void => {
      if (isHeld) this.#release(entry);
      isHeld = false;
    };
    try {
      const { directory } = await entry.loaded;
      return { directory, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #entryOf(sha256: string): Entry {
    const known = this.#entries.get(sha256);
    if (known !== undefined) return known;
    const entry: Entry = { sha256, loaded: this.#load(sha256), users: 0, bytes: 0 };
    this.#entries.set(sha256, entry);
    entry.loaded.then(
      (it) => (entry.bytes = it.bytes),
      () => this.#entries.delete(sha256),
    );
    return entry;
  }

  async #load(sha256: string): Promise<Loaded> {
    const { directory, fetch } = this.#options;
    // A name of its own each time: an older one of the same content may still be on its way out.
    const target = join(directory, `${Buffer.from(sha256, "base64").toString("hex")}-${this.#serial++}`);
    const unfinished = `${target}.part`;
    try {
      const bytes = await unpack(await fetch(sha256), unfinished);
      await rename(unfinished, target);
      const image = await this.#asImage(target, bytes);
      return { directory: target, bytes: image?.bytes ?? bytes, image };
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  }

  /** A package that can't become an image runs from its files. */
  async #asImage(directory: string, bytes: number): Promise<CodeImage | undefined> {
    const { images, onFault } = this.#options;
    if (images === undefined || bytes < images.bytesMin) return undefined;
    try {
      return await replaceByImage(directory, images.type);
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  async #remove({ directory, image }: Loaded): Promise<void> {
    await image?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }

  #release(entry: Entry): void {
    entry.users--;
    if (this.#entries.get(entry.sha256) !== entry) return;
    // To the end of the line: it was used last.
    this.#entries.delete(entry.sha256);
    this.#entries.set(entry.sha256, entry);
    this.#evict();
  }

  #evict(): void {
    const { unusedBytesMax, onFault } = this.#options;
    const unused = [...this.#entries.values()].filter((it) => it.users === 0);
    let bytes = unused.reduce((sum, it) => sum + it.bytes, 0);
    for (const entry of unused) {
      if (bytes <= unusedBytesMax) return;
      bytes -= entry.bytes;
      this.#entries.delete(entry.sha256);
      entry.loaded.then((it) => this.#remove(it)).catch(onFault);
    }
  }
}
