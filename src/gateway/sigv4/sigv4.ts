// Second step of a request: who signed it, and is the signature right? Answers with the caller's identity.
import { timingSafeEqual } from "node:crypto";
import { ServiceException } from "../../model/operation.ts";
import type { WireRequest } from "../protocols/protocol.ts";
import { parseSignature } from "./parse-signature.ts";
import { createMac, type Mac } from "./mac.ts";
import { expectedSignature, type ParsedSignature, signingKey } from "./signature.ts";

/** What is known of an access key. */
export type KnownKey =
  | { readonly kind: "unknown" }
  | { readonly kind: "expired" }
  | { readonly kind: "known"; readonly secret: string; readonly accountId: string; readonly principalArn: string };

/** The gateway's need of an identity service: whose key is this? */
export type LookUpKey = (accessKeyId: string, sessionToken: string | undefined) => KnownKey;

/** `local`: unknown keys act as the root of the account they name. `strict`: every key must be known. */
export type AuthMode = "local" | "strict";

/** The caller, verified. */
export interface Caller {
  readonly accountId: string;
  readonly principalArn: string;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const CLOCK_SKEW_MS = 5 * 60_000;
const SIGNING_KEYS_MAX = 1_000;

const refuse = (code: string, message: string): ServiceException =>
  new ServiceException({ code, status: 403, message });

function timeOf(timestamp: string): number {
  if (!/^\d{8}T\d{6}Z$/u.test(timestamp)) return Number.NaN;
  const part = (at: number, digits: number): number => Number(timestamp.slice(at, at + digits));
  return Date.UTC(part(0, 4), part(4, 2) - 1, part(6, 2), part(9, 2), part(11, 2), part(13, 2));
}

function isoBasic(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]/gu, "").replace(/\.\d+/u, "");
}

function checkTime(parsed: ParsedSignature, nowMs: number): void {
  const signedMs = timeOf(parsed.timestamp);
  const validMs = parsed.isPresigned ? (parsed.expiresSeconds ?? 0) * 1000 : CLOCK_SKEW_MS;
  if (Number.isNaN(signedMs) || nowMs > signedMs + validMs) {
    const tail = `(${isoBasic(nowMs)} - ${validMs / 60_000} min.)`;
    throw refuse(
      "InvalidSignatureException",
      `Signature expired: ${parsed.timestamp} is now earlier than ${isoBasic(nowMs - validMs)} ${tail}`,
    );
  }
  if (signedMs > nowMs + CLOCK_SKEW_MS) {
    const tail = `(${isoBasic(nowMs)} + 5 min.)`;
    throw refuse(
      "InvalidSignatureException",
      `Signature not yet current: ${parsed.timestamp} is still later than ${isoBasic(nowMs + CLOCK_SKEW_MS)} ${tail}`,
    );
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Checks what a signature says of itself: its headers, its day, its service. */
function checkScope(parsed: ParsedSignature, service: string | undefined): void {
  const { credential, signedHeaders, timestamp } = parsed;
  if (!signedHeaders.includes("host")) {
    throw refuse(
      "InvalidSignatureException",
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  if (!timestamp.startsWith(credential.date)) {
    throw refuse(
      "InvalidSignatureException",
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${credential.date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    );
  }
  if (service !== undefined && credential.service !== service) {
    throw refuse("InvalidSignatureException", `Credential should be scoped to correct service: '${service}'. `);
  }
}

/** The account that an unknown key acts for: its own 12 digits, or the default one. */
export function localAccountOf(accessKeyId: string): string {
  return /^\d{12}$/u.test(accessKeyId) ? accessKeyId : "000000000000";
}

/** Makes the verifier; `service` is the one whose operation is asked for. Derived signing keys are cached, since deriving costs four HMACs. */
export function createVerifier(deps: {
  lookUpKey: LookUpKey;
  nowMs: () => number;
}): (request: WireRequest, auth: AuthMode, service?: string) => Caller {
  const signers = new Map<string, Mac>();
  const signerFor = (secret: string, parsed: ParsedSignature): Mac => {
    const { date, region, service } = parsed.credential;
    const name = `${secret}/${date}/${region}/${service}`;
    let signer = signers.get(name);
    if (signer === undefined) {
      signer = createMac(signingKey(secret, parsed.credential));
      if (signers.size >= SIGNING_KEYS_MAX) signers.clear();
      signers.set(name, signer);
    }
    return signer;
  };
  return (request, auth, expectedService) => {
    const parsed = parseSignature(request);
    if (parsed === undefined) throw refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
    const { accessKeyId, region, service } = parsed.credential;
    const known = deps.lookUpKey(accessKeyId, parsed.sessionToken);
    if (known.kind === "expired")
      throw refuse("ExpiredTokenException", "The security token included in the request is expired");
    if (known.kind === "unknown") {
      if (auth === "strict")
        throw refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
      const accountId = localAccountOf(accessKeyId);
      return { accountId, principalArn: `arn:aws:iam::${accountId}:root`, accessKeyId, region, service };
    }
    checkScope(parsed, expectedService);
    checkTime(parsed, deps.nowMs());
    if (!equal(expectedSignature(request, parsed, signerFor(known.secret, parsed)), parsed.signature)) {
      throw refuse(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      );
    }
    return { accountId: known.accountId, principalArn: known.principalArn, accessKeyId, region, service };
  };
}
