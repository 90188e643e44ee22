// The OCI Distribution protocol: what docker, podman, skopeo and crane push to and pull from. Bodies of any size go through
// as they come. Source: OCI Distribution Specification 1.1.
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../foundation/clock.ts";
import { newUuid } from "../../foundation/ids.ts";
import type { SealedFiles, UnfinishedFile } from "../../store/sealed-files.ts";
import type { BlobUses } from "./blob-uses.ts";
import { namedBy } from "./manifest.ts";
import type { RegistryStore } from "./registry-store.ts";

const MANIFEST_BYTES_MAX = 4 << 20;
const UPLOADS_MAX = 256;
const NAME = "(?<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)";
const PATHS = {
  manifest: new RegExp(`^/v2/${NAME}/manifests/(?<reference>\\w[\\w.-]{0,127}|sha256:[0-9a-f]{64})$`, "u"),
  blob: new RegExp(`^/v2/${NAME}/blobs/sha256:(?<sha256>[0-9a-f]{64})$`, "u"),
  uploads: new RegExp(`^/v2/${NAME}/blobs/uploads/?$`, "u"),
  upload: new RegExp(`^/v2/${NAME}/blobs/uploads/(?<id>[\\w-]{1,64})$`, "u"),
  tags: new RegExp(`^/v2/${NAME}/tags/list$`, "u"),
};

/** What the protocol stands on. */
export interface DistributionDeps {
  readonly store: RegistryStore;
  readonly files: SealedFiles;
  readonly uses: BlobUses;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

/** An answer that the protocol names. */
class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Asked {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly groups: Readonly<Record<string, string>>;
}

/** The registry's HTTP side. */
export interface Distribution {
  /** Answers a request of the protocol; false for any other. */
  serve(message: IncomingMessage, response: ServerResponse): boolean;
}

function answer(
  { response, message }: Pick<Asked, "message" | "response">,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body: Buffer | string = "",
): void {
  const length = body.length === 0 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { "docker-distribution-api-version": "registry/2.0", ...length, ...headers });
  response.end(message.method === "HEAD" ? "" : body);
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += (chunk as Buffer).length;
    if (bytes > MANIFEST_BYTES_MAX) throw new Refused(413, "SIZE_INVALID", "manifest over 4 MiB");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const digestIn = (query: URLSearchParams): string => {
  const sha256 = /^sha256:([0-9a-f]{64})$/u.exec(query.get("digest") ?? "")?.[1];
  if (sha256 === undefined) throw new Refused(400, "DIGEST_INVALID", "a sha256 digest was expected");
  return sha256;
};

/** The protocol over a store. */
export function createDistribution(deps: DistributionDeps): Distribution {
  return new Protocol(deps);
}

class Protocol implements Distribution {
  readonly #deps: DistributionDeps;
  readonly #uploads = new Map<string, UnfinishedFile>();

  constructor(deps: DistributionDeps) {
    this.#deps = deps;
  }

  serve(message: IncomingMessage, response: ServerResponse): boolean {
    const url = URL.parse(message.url ?? "", "http://registry");
    if (url === null || !/^\/v2(?:$|\/)/u.test(url.pathname)) return false;
    const asked = { message, response, query: url.searchParams, groups: {} };
    this.#route(asked, url.pathname).catch((error: unknown) => this.#fail(asked, error));
    return true;
  }

  #fail(asked: Asked, error: unknown): void {
    if (asked.response.headersSent) return void asked.response.destroy();
    const refused = error instanceof Refused ? error : new Refused(500, "UNKNOWN", "the registry failed");
    if (!(error instanceof Refused)) this.#deps.onFault(error);
    const { code, message } = refused;
    asked.message.resume();
    const body = JSON.stringify({ errors: [{ code, message }] });
    answer(asked, refused.status, { "content-type": "application/json" }, body);
  }

  async #route(asked: Asked, path: string): Promise<void> {
    const { method = "GET" } = asked.message;
    if (/^\/v2\/?$/u.test(path)) return answer(asked, 200, { "content-type": "application/json" }, "{}");
    if (path === "/v2/_catalog") return this.#json(asked, { repositories: await this.#deps.store.repositories() });
    const handlers: readonly (readonly [RegExp, string, (it: Asked) => Promise<void>])[] = [
      [PATHS.uploads, "POST", (it) => this.#beginUpload(it)],
      [PATHS.upload, "PATCH", (it) => this.#continueUpload(it)],
      [PATHS.upload, "PUT", (it) => this.#finishUpload(it)],
      [PATHS.upload, "GET", (it) => this.#tellUpload(it)],
      [PATHS.upload, "DELETE", (it) => this.#dropUpload(it)],
      [PATHS.blob, "GET", (it) => this.#getBlob(it)],
      [PATHS.blob, "HEAD", (it) => this.#getBlob(it)],
      [PATHS.manifest, "PUT", (it) => this.#putManifest(it)],
      [PATHS.manifest, "GET", (it) => this.#getManifest(it)],
      [PATHS.manifest, "HEAD", (it) => this.#getManifest(it)],
      [PATHS.manifest, "DELETE", (it) => this.#removeManifest(it)],
      [PATHS.tags, "GET", (it) => this.#tags(it)],
    ];
    const matching = handlers.filter(([pattern]) => pattern.test(path));
    const found = matching.find(([, expected]) => expected === method);
    if (found === undefined)
      throw matching.length > 0
        ? new Refused(405, "UNSUPPORTED", `${method} is not supported`)
        : new Refused(404, "NAME_UNKNOWN", "no such path");
    const [pattern, , handle] = found;
    await handle({ ...asked, groups: pattern.exec(path)?.groups ?? {} });
  }

  #json(asked: Asked, value: unknown): void {
    answer(asked, 200, { "content-type": "application/json" }, JSON.stringify(value));
  }

  async #beginUpload(asked: Asked): Promise<void> {
    const { query, groups } = asked;
    const name = groups["name"] ?? "";
    const mounted = /^sha256:([0-9a-f]{64})$/u.exec(query.get("mount") ?? "")?.[1];
    if (mounted !== undefined && this.#sizeOf(mounted) !== undefined) return this.#created(asked, name, mounted);
    if (this.#uploads.size >= UPLOADS_MAX) throw new Refused(429, "TOOMANYREQUESTS", "too many uploads under way");
    const id = newUuid();
    this.#uploads.set(id, await this.#deps.files.begin());
    if (query.has("digest")) return await this.#finishUpload({ ...asked, groups: { name, id } });
    asked.message.resume();
    this.#tell({ ...asked, groups: { name, id } }, 202, 0);
  }

  #upload({ groups }: Asked): UnfinishedFile {
    const upload = this.#uploads.get(groups["id"] ?? "");
    if (upload === undefined) throw new Refused(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
    return upload;
  }

  #tell(asked: Asked, status: number, bytes: number): void {
    const { name = "", id = "" } = asked.groups;
    answer(asked, status, {
      location: `/v2/${name}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, bytes - 1)}`,
      "docker-upload-uuid": id,
    });
  }

  #created(asked: Asked, name: string, sha256: string): void {
    asked.message.resume();
    answer(asked, 201, {
      location: `/v2/${name}/blobs/sha256:${sha256}`,
      "docker-content-digest": `sha256:${sha256}`,
    });
  }

  async #continueUpload(asked: Asked): Promise<void> {
    const upload = this.#upload(asked);
    const start = /^(\d+)-\d+$/u.exec(asked.message.headers["content-range"] ?? "")?.[1];
    if (start !== undefined && Number(start) !== upload.bytes)
      throw new Refused(416, "BLOB_UPLOAD_INVALID", `${upload.bytes} bytes are there`);
    await upload.append(asked.message);
    this.#tell(asked, 202, upload.bytes);
  }

  async #finishUpload(asked: Asked): Promise<void> {
    const sha256 = digestIn(asked.query);
    const upload = this.#upload(asked);
    await upload.append(asked.message);
    this.#uploads.delete(asked.groups["id"] ?? "");
    await using _upload = upload;
    if (!(await upload.keep(sha256))) throw new Refused(400, "DIGEST_INVALID", "what came is something else");
    this.#created(asked, asked.groups["name"] ?? "", sha256);
  }

  #tellUpload(asked: Asked): Promise<void> {
    this.#tell(asked, 204, this.#upload(asked).bytes);
    return Promise.resolve();
  }

  async #dropUpload(asked: Asked): Promise<void> {
    await using _upload = this.#upload(asked);
    this.#uploads.delete(asked.groups["id"] ?? "");
    answer(asked, 204);
  }

  /** Bytes of a blob, which somebody counts on from now on; undefined where there is none. */
  #sizeOf(sha256: string): number | undefined {
    const bytes = this.#deps.files.size(sha256);
    if (bytes !== undefined) this.#deps.uses.use(sha256);
    return bytes;
  }

  async #getBlob(asked: Asked): Promise<void> {
    const { response, message, groups } = asked;
    const sha256 = groups["sha256"] ?? "";
    const bytes = this.#sizeOf(sha256);
    if (bytes === undefined) throw new Refused(404, "BLOB_UNKNOWN", "no such blob");
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": bytes,
      "docker-content-digest": `sha256:${sha256}`,
    });
    if (message.method === "HEAD") return void response.end();
    for await (const chunk of this.#deps.files.read(sha256)) {
      if (response.destroyed) return;
      if (!response.write(chunk))
        await new Promise<void>((resolve) => {
          response.once("drain", resolve);
          response.once("close", resolve);
        });
    }
    response.end();
  }

  async #putManifest(asked: Asked): Promise<void> {
    const { name = "", reference = "" } = asked.groups;
    const content = await readBody(asked.message);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const isDigest = reference.startsWith("sha256:");
    if (isDigest && reference !== digest) throw new Refused(400, "DIGEST_INVALID", "what came is something else");
    const named = namedBy(content);
    if (named === undefined) throw new Refused(400, "MANIFEST_INVALID", "the manifest is no JSON of descriptors");
    for (const it of named.blobs)
      if (this.#sizeOf(it.slice("sha256:".length)) === undefined)
        throw new Refused(400, "MANIFEST_BLOB_UNKNOWN", `${it} was not pushed`);
    for (const it of named.manifests)
      if ((await this.#deps.store.find(name, it)) === undefined)
        throw new Refused(400, "MANIFEST_BLOB_UNKNOWN", `${it} was not pushed`);
    const mediaType = asked.message.headers["content-type"] ?? "application/vnd.oci.image.manifest.v1+json";
    const pushedAtMs = this.#deps.clock.nowMs();
    await this.#deps.store.put(name, { digest, mediaType, content, pushedAtMs }, isDigest ? undefined : reference);
    answer(asked, 201, { location: `/v2/${name}/manifests/${digest}`, "docker-content-digest": digest });
  }

  async #getManifest(asked: Asked): Promise<void> {
    const { name = "", reference = "" } = asked.groups;
    const found = await this.#deps.store.find(name, reference);
    if (found === undefined) throw new Refused(404, "MANIFEST_UNKNOWN", `no such image: ${name}:${reference}`);
    const { digest, mediaType, content } = found;
    answer(asked, 200, { "content-type": mediaType, "docker-content-digest": digest }, content);
  }

  async #removeManifest(asked: Asked): Promise<void> {
    const { name = "", reference = "" } = asked.groups;
    if (!(await this.#deps.store.remove(name, reference)))
      throw new Refused(404, "MANIFEST_UNKNOWN", `no such image: ${name}:${reference}`);
    answer(asked, 202);
  }

  async #tags(asked: Asked): Promise<void> {
    const { name = "" } = asked.groups;
    const tags = await this.#deps.store.tags(name);
    if (tags.length === 0) throw new Refused(404, "NAME_UNKNOWN", `no such repository: ${name}`);
    this.#json(asked, { name, tags });
  }
}
