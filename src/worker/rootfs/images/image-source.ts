// Where images come from, as the unpacking sees it, and the documents that describe them. Parsing is pure.
import { createHash } from "node:crypto";
import { Fault } from "../../../foundation/fault.ts";
import { DIGEST } from "../../../model/image-reference.ts";

/** Names bytes by what they are. Source: OCI Image Format, "Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly platform: { readonly os: string; readonly architecture: string } | undefined;
  /** The name under which a layout lists it. */
  readonly name: string | undefined;
}

/** A registry or a layout. Nothing it gives is verified: that is the reader's duty. */
export interface ImageSource {
  /** What is asked for, for messages. */
  readonly name: string;
  /** The document that the image's name stands for: an index or a manifest. */
  top(signal: AbortSignal): Promise<Buffer>;
  /** Another document, or a layer. */
  read(kind: "manifests" | "blobs", descriptor: Descriptor, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** An image for one platform. */
export interface Manifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The same image for several platforms, or several images. */
export interface Index {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

const LAYERS_MAX = 256;

/** The bytes, if they are what the digest says. Throws a Fault. */
export function verified(bytes: Buffer, digest: string): Buffer {
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== digest) throw new Fault(`${digest} was asked for and ${found} came`);
  return bytes;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function descriptorOf(value: unknown): Descriptor {
  if (!isRecord(value)) throw new Fault("the image's document has a descriptor that is none");
  const { mediaType, digest, size, platform, annotations } = value;
  if (typeof digest !== "string" || !DIGEST.test(digest))
    throw new Fault(`the image's document names bytes by ${JSON.stringify(digest)}; Hearth knows sha256 digests`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw new Fault(`the image's document gives ${digest} no size`);
  const text = (from: unknown, key: string): string | undefined =>
    isRecord(from) && typeof from[key] === "string" ? from[key] : undefined;
  const os = text(platform, "os");
  const architecture = text(platform, "architecture");
  return {
    mediaType: typeof mediaType === "string" ? mediaType : "",
    digest,
    sizeBytes: size,
    platform: os === undefined || architecture === undefined ? undefined : { os, architecture },
    name: text(annotations, "org.opencontainers.image.ref.name"),
  };
}

function parsed(bytes: Buffer, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new Fault(`${what} is no JSON`, { cause });
  }
  if (!isRecord(value)) throw new Fault(`${what} is no JSON object`);
  return value;
}

/** An index or a manifest, OCI's or Docker's, told apart by what it holds. Throws a Fault. */
export function parseDocument(bytes: Buffer): Manifest | Index {
  const value = parsed(bytes, "the image's document");
  if (Array.isArray(value["manifests"]))
    return { kind: "index", manifests: value["manifests"].slice(0, LAYERS_MAX).map(descriptorOf) };
  if (!Array.isArray(value["layers"]))
    throw new Fault("the image's document is neither an index nor a manifest of layers");
  if (value["layers"].length > LAYERS_MAX) throw new Fault(`the image has more than ${LAYERS_MAX} layers`);
  return { kind: "manifest", config: descriptorOf(value["config"]), layers: value["layers"].map(descriptorOf) };
}

/** What an image says of how it is run. */
export interface ImageConfig {
  readonly environment: Readonly<Record<string, string>>;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  /** Empty: the root. */
  readonly workingDirectory: string;
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((it) => typeof it === "string" && !it.includes("\0")) : [];
}

/** What the image's configuration sets. Throws a Fault. */
export function parseImageConfig(bytes: Buffer): ImageConfig {
  const { config: given } = parsed(bytes, "the image's configuration");
  const config = isRecord(given) ? given : {};
  const directory = config["WorkingDir"];
  return {
    environment: environmentOf(config["Env"]),
    entryPoint: wordsOf(config["Entrypoint"]),
    command: wordsOf(config["Cmd"]),
    workingDirectory: typeof directory === "string" ? directory : "",
  };
}

function environmentOf(given: unknown): Readonly<Record<string, string>> {
  const lines: unknown[] = Array.isArray(given) ? given : [];
  const pairs = lines.flatMap((line): [string, string][] => {
    const found = typeof line === "string" ? /^(?<name>[A-Za-z_]\w*)=(?<value>[^\0]*)$/u.exec(line) : null;
    return found?.groups === undefined ? [] : [[found.groups["name"] ?? "", found.groups["value"] ?? ""]];
  });
  return Object.fromEntries(pairs);
}

/** The entry for this machine; undefined when there is none. `wanted` is a name in a layout that holds several images. */
export function chooseManifest(
  index: Index,
  at: { readonly architecture: string; readonly wanted: string | undefined },
): Descriptor | undefined {
  const named = index.manifests.filter((it) => at.wanted === undefined || it.name === at.wanted);
  const fitting = named.filter((it) => it.platform?.os === "linux" && it.platform.architecture === at.architecture);
  const unmarked = named.filter((it) => it.platform === undefined);
  return fitting[0] ?? (unmarked.length === 1 ? unmarked[0] : undefined);
}
