// Images for tests: layers of any entries, also such as no tool would write, in a layout or behind a registry of the test's own.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Header } from "tar";

/** One entry of a layer; a string is a file's content. */
export interface TarEntry {
  readonly path: string;
  readonly type?: "File" | "Directory" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO";
  readonly content?: string | Buffer;
  readonly linkpath?: string;
  readonly mode?: number;
}

const BLOCK_BYTES = 512;

/** A tar archive, entry by entry as given. */
export function aTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, type = "File", content = "", linkpath, mode }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      size: body.length,
      mode: mode ?? (type === "Directory" ? 0o755 : 0o644),
      mtime: new Date(0),
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const head = Buffer.alloc(BLOCK_BYTES);
    header.encode(head, 0);
    return [head, body, Buffer.alloc((BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

/** Bytes by digest, and the descriptor's JSON of those that begin the image. */
export interface TestImage {
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifest: Buffer;
  readonly index: Buffer;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** An image of layers, for linux on the given architecture, in an index beside one for another platform. */
export function anImage(options: {
  /** Each of its entries, or a whole archive. */
  readonly layers: readonly (readonly TarEntry[] | Buffer)[];
  readonly architecture: string;
  readonly compression?: "none" | "gzip" | "zstd";
  readonly env?: readonly string[];
  /** More of the image's configuration: Entrypoint, Cmd, WorkingDir. */
  readonly config?: Readonly<Record<string, unknown>>;
}): TestImage {
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Buffer, mediaType: string): object => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const compress = { none: (it: Buffer) => it, gzip: gzipSync, zstd: zstdCompressSync }[options.compression ?? "gzip"];
  const suffix = { none: "", gzip: "+gzip", zstd: "+zstd" }[options.compression ?? "gzip"];
  const archives = options.layers.map((it) => (Buffer.isBuffer(it) ? it : aTar(it)));
  const layers = archives.map((it) => put(compress(it), `application/vnd.oci.image.layer.v1.tar${suffix}`));
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const architecture = options.architecture === "x64" ? "amd64" : options.architecture;
  const about = {
    os: "linux",
    architecture,
    config: { Env: options.env ?? [], ...options.config },
    rootfs: { type: "layers", diff_ids: archives.map(digestOf) },
  };
  const config = put(json(about), "application/vnd.oci.image.config.v1+json");
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = json({ schemaVersion: 2, mediaType, config, layers });
  const other = {
    mediaType,
    digest: `sha256:${"0".repeat(64)}`,
    size: 1,
    platform: { os: "linux", architecture: "mips" },
  };
  const own = { ...put(manifest, mediaType), platform: { os: "linux", architecture } };
  return { blobs, manifest, index: json({ schemaVersion: 2, manifests: [other, own] }) };
}

/** Files of a layout, by their paths. */
export function layoutFiles(image: TestImage): ReadonlyMap<string, Buffer> {
  const files = new Map([
    ["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ["index.json", image.index],
  ]);
  for (const [digest, bytes] of image.blobs) files.set(`blobs/${digest.replace(":", "/")}`, bytes);
  return files;
}

/** Writes an image as a layout directory. */
export function writeLayout(image: TestImage, directory: string): void {
  mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  for (const [path, bytes] of layoutFiles(image)) writeFileSync(join(directory, path), bytes);
}

/** A registry on loopback with one image. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: readonly string[];
}

/** Starts one, with `test/image:1` if not told otherwise; `wantsToken` makes it send for a token first, `tamper` changes every layer on its way. */
export async function aRegistry(
  image: TestImage,
  options: {
    readonly repository?: string;
    readonly tag?: string;
    readonly wantsToken?: boolean;
    readonly tamper?: boolean;
  } = {},
): Promise<TestRegistry> {
  const { repository = "test/image", tag = "1" } = options;
  const scope = `repository:${repository}:pull`;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const address = request.headers.host ?? "";
    if (path === `/token?service=tests&scope=${encodeURIComponent(scope)}`)
      return void response.end(JSON.stringify({ token: "let-me-in" }));
    if (options.wantsToken === true && request.headers.authorization !== "Bearer let-me-in") {
      const challenge = `Bearer realm="http://${address}/token",service="tests",scope="${scope}"`;
      return void response.writeHead(401, { "www-authenticate": challenge }).end();
    }
    const [kind = "", name = ""] = path.startsWith(`/v2/${repository}/`) ? path.split("/").slice(-2) : [];
    const bytes = kind === "manifests" && name === tag ? image.index : image.blobs.get(name);
    if (bytes === undefined) return void response.writeHead(404).end();
    const isLayer = options.tamper === true && kind === "blobs" && bytes[0] === 0x1f;
    response.end(isLayer ? Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]) : bytes);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
