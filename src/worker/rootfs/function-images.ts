// Functions that are container images: each image is fetched and unpacked once, whatever names it goes by, and its root is
// then what its sandboxes see.
import { utimesSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../foundation/clock.ts";
import { deadline } from "../../foundation/deadline.ts";
import { Fault, messageOf } from "../../foundation/fault.ts";
import { architecture } from "../../foundation/host.ts";
import type { Connection } from "../../link/connection.ts";
import { ARCHIVE_BYTES_MAX, PULL_TIMEOUT_MS, recogniseSource } from "./add-source.ts";
import { buildOnce } from "./build-once.ts";
import { isOwnRegistry, parseImageReference } from "../../model/image-reference.ts";
import type { ImageConfig, ImageSource } from "./images/image-source.ts";
import { createLinkSource } from "./images/link-source.ts";
import { createLayoutSource } from "./images/layout-source.ts";
import { createRegistrySource } from "./images/registry-source.ts";
import { findImage, unpackFound } from "./images/unpack-image.ts";
import { unpackLayer } from "./images/unpack-layer.ts";
import { inside } from "./inside.ts";
import { addMountPoints } from "./root-contents.ts";
import { readImageRoot, writeImageRoot } from "./root-record.ts";
import type { Prepared } from "./rootfs.ts";

/** An image as a function names it. */
export interface FunctionImage {
  readonly uri: string;
  /** What the name stood for when the function got it; undefined: not looked at yet. */
  readonly digest: string | undefined;
}

/** The images of one worker. */
export interface FunctionImages {
  /** Fetches and unpacks what is missing; concurrent calls for one image share the work. Never throws. */
  prepare(image: FunctionImage): Promise<Prepared>;
  /** Removes those that no function has asked for in a month. */
  sweep(): Promise<void>;
}

/** What they stand on. */
export interface FunctionImagesOptions {
  readonly directory: string;
  readonly clock: Pick<Clock, "nowMs">;
  /** Where Hearth's own registry listens, as its images' names say. */
  readonly registryPort: number;
  /** The way to it. */
  readonly services: () => Connection;
  /** Why a path of this machine can't be read, in words; undefined where it can. */
  readonly whyNotLocal: (path: string) => string | undefined;
}

const UNUSED_MS_MAX = 30 * 86_400_000;
const LOCAL = /^(?:oci|oci-archive|docker-archive):(?<path>\/.+)$/u;
const PREFIX = "container-";

interface Opened extends AsyncDisposable {
  readonly source: ImageSource;
  readonly wanted: string | undefined;
}

const kept = (source: ImageSource, wanted?: string): Opened => ({
  source,
  wanted,
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

/** The images under one directory. */
export function createFunctionImages(options: FunctionImagesOptions): FunctionImages {
  return new StoredImages(options);
}

class StoredImages implements FunctionImages {
  readonly #options: FunctionImagesOptions;
  readonly #underway = new Map<string, Promise<Prepared>>();

  constructor(options: FunctionImagesOptions) {
    this.#options = options;
  }

  prepare(image: FunctionImage): Promise<Prepared> {
    const key = image.digest ?? image.uri;
    const running = this.#underway.get(key);
    if (running !== undefined) return running;
    const work = this.#prepare(image)
      .catch((error: unknown): Prepared => ({ ready: false, reason: messageOf(error) }))
      .finally(() => this.#underway.delete(key));
    this.#underway.set(key, work);
    return work;
  }

  async sweep(): Promise<void> {
    const { directory, clock } = this.#options;
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.startsWith(PREFIX)) continue;
      const { mtimeMs } = await stat(join(directory, name));
      if (clock.nowMs() - mtimeMs > UNUSED_MS_MAX) await rm(join(directory, name), { recursive: true, force: true });
    }
  }

  async #prepare(image: FunctionImage): Promise<Prepared> {
    const there = image.digest === undefined ? undefined : this.#stored(image.digest);
    return there ?? (await this.#fetch(image));
  }

  #placeOf(digest: string): string {
    return join(this.#options.directory, `${PREFIX}${digest.replace("sha256:", "").slice(0, 32)}`);
  }

  #stored(digest: string): Prepared | undefined {
    const place = this.#placeOf(digest);
    const record = readImageRoot(place);
    if (record === undefined) return undefined;
    const nowSeconds = this.#options.clock.nowMs() / 1000;
    utimesSync(place, nowSeconds, nowSeconds);
    return ready(join(place, "root"), digest, record);
  }

  async #fetch(image: FunctionImage): Promise<Prepared> {
    const { directory } = this.#options;
    const cache = join(directory, "cache");
    await mkdir(cache, { recursive: true });
    const scratch = await mkdtemp(join(cache, "image-"));
    try {
      await using opened = await this.#open(image, scratch);
      const { source, wanted } = opened;
      const at = { architecture, wanted, signal: deadline(PULL_TIMEOUT_MS) };
      const found = await findImage(source, at);
      if (image.digest !== undefined && found.digest !== image.digest)
        throw new Fault(`${source.name} is another image now: ${image.digest} is not there any more`);
      const there = this.#stored(found.digest);
      if (there !== undefined) return there;
      await buildOnce(this.#placeOf(found.digest), async (unfinished) => {
        const root = join(unfinished, "root");
        await mkdir(root, { mode: 0o755 });
        const config = await unpackFound(source, found, { ...at, root, scratch, onProgress: () => undefined });
        addMountPoints(root, IMAGE_MOUNT_POINTS);
        await writeImageRoot(unfinished, config);
      });
      const made = this.#stored(found.digest);
      if (made === undefined) throw new Fault(`${source.name} was taken away while it was unpacked`);
      return made;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #open(image: FunctionImage, scratch: string): Promise<Opened> {
    const local = LOCAL.exec(image.uri)?.groups?.["path"];
    if (local !== undefined) return await this.#openLocal(local, scratch);
    const { registryPort, services } = this.#options;
    const reference = parseImageReference(image.uri);
    if (isOwnRegistry(reference.registry, registryPort))
      return kept(createLinkSource(services, reference, image.digest));
    return kept(createRegistrySource(image.digest === undefined ? reference : { ...reference, version: image.digest }));
  }

  async #openLocal(named: string, scratch: string): Promise<Opened> {
    const source = recogniseSource(named);
    if (source.kind !== "layout" && source.kind !== "archive")
      throw new Fault(`${named} is neither an OCI layout nor an archive of one`);
    const { path, wanted } = source;
    const reason = this.#options.whyNotLocal(path);
    if (reason !== undefined) throw new Fault(reason);
    if (source.kind === "layout") return kept(createLayoutSource(path, path), wanted);
    const layout = join(scratch, "layout");
    await mkdir(layout);
    await unpackLayer(path, layout, { bytesLeft: ARCHIVE_BYTES_MAX, entriesLeft: 10_000 });
    return kept(createLayoutSource(layout, path), wanted);
  }
}

/** What a sandbox mounts something on; /var/task and /opt are the image's own. */
const IMAGE_MOUNT_POINTS: readonly string[] = ["proc", "dev", "tmp", "var/rapid"];

function ready(rootfs: string, digest: string, config: ImageConfig): Prepared {
  return {
    ready: true,
    rootfs,
    start: { kind: "image", config },
    runtimeDirectory: "/var/runtime",
    environment: config.environment,
    note: undefined,
    imageDigest: digest,
    optDirectory: inside(rootfs, "opt"),
  };
}
