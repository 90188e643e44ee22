// Images in a registry, by the OCI Distribution protocol: manifests and blobs, with the anonymous tokens that public registries give.
import { Fault, messageOf } from "../../../foundation/fault.ts";
import { DIGEST, type ImageReference, registryAddress } from "../../../model/image-reference.ts";
import { type ImageSource, verified } from "./image-source.ts";

const ACCEPTED = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
/** Registries must take manifests of 4 MiB. Source: OCI Distribution, "Pushing Manifests". */
export const DOCUMENT_BYTES_MAX: number = 4 << 20;

/** The parameters of a Bearer challenge; undefined for another scheme. */
export function parseChallenge(header: string): Readonly<Record<string, string>> | undefined {
  if (!/^bearer /iu.test(header)) return undefined;
  const pairs = header.slice(7, 2048).matchAll(/(?<key>[a-z_]+)="(?<value>[^"]*)"/gu);
  return Object.fromEntries([...pairs].map((it) => [it.groups?.["key"] ?? "", it.groups?.["value"] ?? ""]));
}

/** Reads a body to its end. Throws a Fault beyond the bound. */
export async function readAll(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Fault(`more than ${bytesMax} bytes came where a document was expected`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    // fetch says only that it failed; why is in the cause.
    const why = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Fault(`${new URL(url).host} can't be reached: ${messageOf(why) || "no connection"}`, { cause: error });
  }
}

async function fetchToken(challenge: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const { realm = "", ...about } = challenge;
  if (!URL.canParse(realm)) throw new Fault(`the registry sends for a token to "${realm}", which is no address`);
  const url = new URL(realm);
  if (url.protocol !== "https:" && !registryAddress(url.host).startsWith(url.protocol))
    throw new Fault(`the registry sends for a token to ${url.host} without TLS`);
  for (const key of ["service", "scope"]) if (about[key] !== undefined) url.searchParams.set(key, about[key]);
  const response = await get(url.href, {}, signal);
  const answer = (await response.json().catch(() => undefined)) as
    | { token?: unknown; access_token?: unknown }
    | undefined;
  const token = answer?.token ?? answer?.access_token;
  if (!response.ok || typeof token !== "string")
    throw new Fault(`${url.host} gives no anonymous token: it answered ${response.status}`);
  return token;
}

/** An image in a registry. Nothing is asked before the first call. */
export function createRegistrySource(reference: ImageReference): ImageSource {
  const base = `${registryAddress(reference.registry)}/v2/${reference.repository}`;
  const name = `${reference.registry}/${reference.repository}${reference.version.includes(":") ? "@" : ":"}${reference.version}`;
  let token: string | undefined;

  async function ask(path: string, signal: AbortSignal): Promise<Response> {
    const headers = (): Record<string, string> => ({
      accept: ACCEPTED,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
    let response = await get(`${base}/${path}`, headers(), signal);
    const challenge =
      response.status === 401 ? parseChallenge(response.headers.get("www-authenticate") ?? "") : undefined;
    if (challenge !== undefined) {
      await response.body?.cancel();
      token = await fetchToken(challenge, signal);
      response = await get(`${base}/${path}`, headers(), signal);
    }
    // A redirect out of TLS would let anybody on the way say what a tag means.
    const isPrivate = response.url.startsWith("https:") || base.startsWith("http:");
    if (response.ok && isPrivate) return response;
    await response.body?.cancel();
    if (!isPrivate) throw new Fault(`${name}: the registry sends to ${response.url}, which is without TLS`);
    const why = { 401: "it wants credentials", 403: "it refuses", 404: "it has no such image" }[response.status];
    throw new Fault(`${name}: ${why ?? "the registry failed"} (${response.status} for ${path})`);
  }

  const bodyOf = (response: Response): AsyncIterable<Uint8Array> =>
    response.body ?? (new Blob([]).stream() as AsyncIterable<Uint8Array>);

  return {
    name,
    async top(signal) {
      const { version } = reference;
      const bytes = await readAll(bodyOf(await ask(`manifests/${version}`, signal)), DOCUMENT_BYTES_MAX);
      return DIGEST.test(version) ? verified(bytes, version) : bytes;
    },
    async read(kind, { digest }, signal) {
      return bodyOf(await ask(`${kind}/${digest}`, signal));
    },
  };
}
