// From an image's name to files: finds the manifest for this machine, fetches and verifies each layer, lays one over the other.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Fault } from "../../../foundation/fault.ts";
import {
  chooseManifest,
  type Descriptor,
  type ImageConfig,
  type ImageSource,
  type Manifest,
  parseDocument,
  parseImageConfig,
  verified,
} from "./image-source.ts";
import { DOCUMENT_BYTES_MAX, readAll } from "./registry-source.ts";
import { type Allowance, unpackLayer } from "./unpack-layer.ts";

/** AWS's own bound for container images. Source: Lambda Developer Guide, "Lambda quotas". */
const IMAGE_BYTES_MAX = 10 * 2 ** 30;
const ENTRIES_MAX = 1_000_000;
const NESTED_INDEXES_MAX = 4;

/** What to unpack where. */
export interface UnpackOptions {
  readonly root: string;
  /** For layers while they are fetched; emptied afterwards. */
  readonly scratch: string;
  /** `x64` or `arm64`, as Node names them. */
  readonly architecture: string;
  /** The image's name in a layout that holds several. */
  readonly wanted: string | undefined;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

async function readDocument(
  source: ImageSource,
  kind: "manifests" | "blobs",
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Buffer> {
  return verified(await readAll(await source.read(kind, descriptor, signal), DOCUMENT_BYTES_MAX), descriptor.digest);
}

/** The image that a name stands for on this machine. */
export interface FoundImage {
  readonly manifest: Manifest;
  /** Of the manifest: the image's content, whatever name it goes by. */
  readonly digest: string;
}

/** Finds the image without fetching a layer. Throws a Fault where there is none for this machine. */
export async function findImage(
  source: ImageSource,
  options: Pick<UnpackOptions, "architecture" | "wanted" | "signal">,
): Promise<FoundImage> {
  const architecture = options.architecture === "x64" ? "amd64" : options.architecture;
  let bytes = await source.top(options.signal);
  let document = parseDocument(bytes);
  let { wanted } = options;
  for (let depth = 0; document.kind === "index"; depth++) {
    const chosen = depth < NESTED_INDEXES_MAX ? chooseManifest(document, { architecture, wanted }) : undefined;
    if (chosen === undefined) {
      const there = document.manifests.map(
        (it) => it.name ?? (it.platform === undefined ? "?" : `${it.platform.os}/${it.platform.architecture}`),
      );
      throw new Fault(`${source.name} has no image for linux/${architecture}; it has: ${there.join(", ") || "none"}`);
    }
    // A name is about the layout's own index; what that leads to has none.
    wanted = undefined;
    bytes = await readDocument(source, "manifests", chosen, options.signal);
    document = parseDocument(bytes);
  }
  return { manifest: document, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Writes a layer to a file while its size and digest are checked. */
async function fetchLayer(
  source: ImageSource,
  layer: Descriptor,
  file: string,
  options: UnpackOptions,
  place: string,
): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  const body = await source.read("blobs", layer, options.signal);
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > layer.sizeBytes)
        throw new Fault(`${layer.digest} is longer than the ${layer.sizeBytes} bytes it should have`);
      hash.update(chunk);
      options.onProgress(`fetching ${place}: ${mebibytes(bytes)} of ${mebibytes(layer.sizeBytes)}`);
      yield chunk;
    }
  }
  await pipeline(counted, createWriteStream(file), { signal: options.signal });
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest !== layer.digest) throw new Fault(`${layer.digest} was asked for and ${digest} came`);
}

/** Unpacks an image into an empty directory. Gives what its configuration sets. Throws a Fault. */
export async function unpackImage(source: ImageSource, options: UnpackOptions): Promise<ImageConfig> {
  return await unpackFound(source, await findImage(source, options), options);
}

/** The same for an image that has been found. */
export async function unpackFound(
  source: ImageSource,
  { manifest }: FoundImage,
  options: UnpackOptions,
): Promise<ImageConfig> {
  const config = parseImageConfig(await readDocument(source, "blobs", manifest.config, options.signal));
  const allowance: Allowance = { bytesLeft: IMAGE_BYTES_MAX, entriesLeft: ENTRIES_MAX };
  if (manifest.layers.reduce((sum, it) => sum + it.sizeBytes, 0) > IMAGE_BYTES_MAX)
    throw new Fault(`${source.name} is larger than ${mebibytes(IMAGE_BYTES_MAX)}`);
  await mkdir(options.scratch, { recursive: true });
  for (const [index, layer] of manifest.layers.entries()) {
    const place = `layer ${index + 1} of ${manifest.layers.length}`;
    const file = join(options.scratch, layer.digest.replace(":", "-"));
    await fetchLayer(source, layer, file, options, place);
    options.onProgress(`unpacking ${place}`);
    await unpackLayer(file, options.root, allowance);
    await rm(file);
  }
  return config;
}
