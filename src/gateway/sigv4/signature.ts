// Signature Version 4, computed from a request as it arrived: canonical request, string to sign, signature. Pure.
import { createHmac, hash } from "node:crypto";
import type { WireRequest } from "../protocols/protocol.ts";
import type { Mac } from "./mac.ts";

/** What an Authorization header or a presigned query says. */
export interface Credential {
  readonly accessKeyId: string;
  /** yyyymmdd. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** A parsed signature with everything that verifying it needs. */
export interface ParsedSignature {
  readonly credential: Credential;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** yyyymmddThhmmssZ. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  readonly isPresigned: boolean;
  /** Presigned requests only: seconds of validity. */
  readonly expiresSeconds: number | undefined;
}

const sha256 = (data: Buffer | string): string => hash("sha256", data, "hex");
const hmac = (key: Buffer | string, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Nothing to encode, path separators aside: what nearly every path is. */
const PLAIN = /^[\w.~/-]*$/u;

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/gu, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery(query: URLSearchParams, isPresigned: boolean): string {
  if (query.size === 0) return "";
  return [...query]
    .filter(([name]) => !(isPresigned && name === "X-Amz-Signature"))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** The key that signs for one date, region and service. */
export function signingKey(secret: string, { date, region, service }: Credential): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request");
}

/** The body's digest, or the word that stands for it where the signer left it out. */
function payloadHash(request: WireRequest, parsed: ParsedSignature): string {
  const declared = request.headers["x-amz-content-sha256"] ?? request.query.get("X-Amz-Content-Sha256");
  const isUnsigned = declared === "UNSIGNED-PAYLOAD" || (parsed.isPresigned && parsed.credential.service === "s3");
  // A declared digest is not believed: a body other than the signed one has another.
  return isUnsigned ? "UNSIGNED-PAYLOAD" : sha256(request.body);
}

function oneSpaced(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes("  ") ? trimmed.replace(/ +/gu, " ") : trimmed;
}

/** The signature that this request should carry, in hexadecimal. */
export function expectedSignature(request: WireRequest, parsed: ParsedSignature, mac: Mac): string {
  const headers = parsed.signedHeaders.map((name) => `${name}:${oneSpaced(request.headers[name] ?? "")}\n`);
  // Every service but S3 signs the path encoded once more.
  const isAsItIs = parsed.credential.service === "s3" || PLAIN.test(request.path);
  const path = isAsItIs ? request.path : request.path.split("/").map(encode).join("/");
  const canonical = [
    request.method,
    path,
    canonicalQuery(request.query, parsed.isPresigned),
    headers.join(""),
    parsed.signedHeaders.join(";"),
    payloadHash(request, parsed),
  ].join("\n");
  const { date, region, service } = parsed.credential;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", parsed.timestamp, scope, sha256(canonical)].join("\n");
  return mac(toSign);
}
