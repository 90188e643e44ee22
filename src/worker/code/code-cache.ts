// Packages on the worker: fetched by content, unpacked once, shared by every environment that runs them, let go when nobody
// has for a while.
import { createHash } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type CodeImage, type CodeImages, replaceByImage } from "./code-image.ts";
import type { LocalCode } from "./local-code.ts";
import { mergePackages } from "./merge-packages.ts";
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
  /** Several in one directory, later ones over earlier ones: made once for all who want the same in the same order. */
  acquireMerged(sha256s: readonly string[]): Promise<CodeLease>;
}

/** Contents, by SHA-256 in base64. */
export interface FunctionPackages {
  readonly codeSha256: string;
  /** Run where it lies, in the place of a package. */
  readonly localPath: string | undefined;
  /** In the order in which they are merged: later ones over earlier ones. */
  readonly layerSha256s: readonly string[];
}

/** Where a function version's package and layers lie, as long as it is in use; disposal gives it back, once. */
export interface FunctionCode extends Disposable {
  /** Appears as /var/task. */
  readonly codeDirectory: string;
  /** Appears as /opt; undefined: the function has no layers. */
  readonly layersDirectory: string | undefined;
}

interface Loaded {
  readonly directory: string;
  readonly bytes: number;
  readonly image: CodeImage | undefined;
  /** The packages that it was merged of. They stay as long: what else is merged of them shares their files. */
  readonly parts: readonly CodeLease[];
}

interface Entry {
  /** A content's SHA-256, or those of all that were merged. */
  readonly key: string;
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

const nameOf = (sha256: string): string => Buffer.from(sha256, "base64").toString("hex");

/** A cache in one directory. */
export function createCodeCache(options: CodeCacheOptions): CodeCache {
  return new DirectoryCache(options);
}

/** Takes all that a function version runs of, at once. Rejects when one of them can't be had; nothing is kept then. */
export async function acquireFunctionCode(
  cache: CodeCache,
  local: Pick<LocalCode, "take">,
  packages: FunctionPackages,
): Promise<FunctionCode> {
  using stack = new DisposableStack();
  const { codeSha256, localPath, layerSha256s } = packages;
  const code =
    localPath === undefined
      ? cache.acquire(codeSha256).then((it) => stack.use(it))
      : Promise.resolve({ directory: local.take(localPath) });
  const layers = layerSha256s.length === 0 ? undefined : cache.acquireMerged(layerSha256s).then((it) => stack.use(it));
  // Both to their end, so that what one took is given back when the other fails.
  await Promise.allSettled([code, layers]);
  const [{ directory: codeDirectory }, merged] = await Promise.all([code, layers]);
  const held = stack.move();
  return { codeDirectory, layersDirectory: merged?.directory, [Symbol.dispose]: () => held.dispose() };
}

class DirectoryCache implements CodeCache {
  readonly #options: CodeCacheOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #serial = 0;

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  acquire(sha256: string): Promise<CodeLease> {
    return this.#take(sha256, () => this.#load(sha256));
  }

  acquireMerged(sha256s: readonly string[]): Promise<CodeLease> {
    const [first = ""] = sha256s;
    return sha256s.length === 1 ? this.acquire(first) : this.#take(sha256s.join(" "), () => this.#merge(sha256s));
  }

  async #take(key: string, load: () => Promise<Loaded>): Promise<CodeLease> {
    const entry = this.#entryOf(key, load);
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

  #entryOf(key: string, load: () => Promise<Loaded>): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { key, loaded: load(), users: 0, bytes: 0 };
    this.#entries.set(key, entry);
    entry.loaded.then(
      (it) => (entry.bytes = it.bytes),
      () => this.#entries.delete(key),
    );
    return entry;
  }

  async #load(sha256: string): Promise<Loaded> {
    const content = await this.#options.fetch(sha256);
    return await this.#make(nameOf(sha256), [], (directory) => unpack(content, directory));
  }

  async #merge(sha256s: readonly string[]): Promise<Loaded> {
    using stack = new DisposableStack();
    const acquiring = sha256s.map(async (it) => stack.use(await this.acquire(it)));
    await Promise.allSettled(acquiring);
    const parts = await Promise.all(acquiring);
    const entries = new Set(sha256s.map((it) => this.#entries.get(it)));
    const bytes = [...entries].reduce((sum, it) => sum + (it?.bytes ?? 0), 0);
    const name = `merged-${createHash("sha256").update(sha256s.join(" ")).digest("hex")}`;
    const directories = parts.map((it) => it.directory);
    const merged = await this.#make(name, parts, (directory) =>
      mergePackages(directories, directory).then(() => bytes),
    );
    stack.move();
    return merged;
  }

  /** A directory that stands under its name when it is whole. */
  async #make(
    name: string,
    parts: readonly CodeLease[],
    fill: (directory: string) => Promise<number>,
  ): Promise<Loaded> {
    // A name of its own each time: an older one of the same content may still be on its way out.
    const target = join(this.#options.directory, `${name}-${this.#serial++}`);
    const unfinished = `${target}.part`;
    try {
      const bytes = await fill(unfinished);
      await rename(unfinished, target);
      const image = await this.#asImage(target, bytes);
      return { directory: target, bytes: image?.bytes ?? bytes, image, parts };
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

  async #remove({ directory, image, parts }: Loaded): Promise<void> {
    await image?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
    for (const part of parts) part[Symbol.dispose]();
  }

  #release(entry: Entry): void {
    entry.users--;
    if (this.#entries.get(entry.key) !== entry) return;
    // To the end of the line: it was used last.
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
    this.#evict();
  }

  #evict(): void {
    const { unusedBytesMax, onFault } = this.#options;
    const unused = [...this.#entries.values()].filter((it) => it.users === 0);
    let bytes = unused.reduce((sum, it) => sum + it.bytes, 0);
    for (const entry of unused) {
      if (bytes <= unusedBytesMax) return;
      bytes -= entry.bytes;
      this.#entries.delete(entry.key);
      entry.loaded.then((it) => this.#remove(it)).catch(onFault);
    }
  }
}
