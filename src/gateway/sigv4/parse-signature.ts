// Reads a signature out of the Authorization header or a presigned query.
import { ServiceException } from "../../model/operation.ts";
import type { WireRequest } from "../protocols/protocol.ts";
import type { Credential, ParsedSignature } from "./signature.ts";

const incomplete = (message: string): ServiceException =>
  new ServiceException({ code: "IncompleteSignatureException", status: 403, message });

function parseCredential(text: string): Credential {
  const parts = text.split("/");
  const [date = "", region = "", service = "", terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join("/");
  if (accessKeyId === "" || terminator !== "aws4_request" || !/^\d{8}$/u.test(date)) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${text}'`,
    );
  }
  return { accessKeyId, date, region, service };
}

/** What stands before and after the first `mark`. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function fromHeader(authorization: string, request: WireRequest): ParsedSignature {
  const fields = new Map<string, string>();
  for (const field of authorization.slice("AWS4-HMAC-SHA256".length).split(",")) {
    const [name, value] = cut(field.trim(), "=");
    fields.set(name, value);
  }
  const missing = ["Credential", "Signature", "SignedHeaders"].filter((name) => !fields.get(name));
  if (missing.length > 0) {
    const named = missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" ");
    throw incomplete(`${named} Authorization=${authorization.split(" ")[0] ?? ""}`);
  }
  const timestamp = request.headers["x-amz-date"] ?? "";
  if (!/^\d{8}T\d{6}Z$/u.test(timestamp)) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  return {
    credential: parseCredential(fields.get("Credential") ?? ""),
    signedHeaders: (fields.get("SignedHeaders") ?? "").split(";"),
    signature: fields.get("Signature") ?? "",
    timestamp,
    sessionToken: request.headers["x-amz-security-token"],
    isPresigned: false,
    expiresSeconds: undefined,
  };
}

/** The signature of a request, or undefined when it carries none. Throws IncompleteSignatureException. */
export function parseSignature(request: WireRequest): ParsedSignature | undefined {
  const authorization = request.headers["authorization"];
  if (authorization !== undefined) {
    if (!authorization.startsWith("AWS4-HMAC-SHA256")) {
      throw incomplete(`Unsupported Authorization type: ${authorization.split(" ")[0] ?? ""}`);
    }
    return fromHeader(authorization, request);
  }
  const { query } = request;
  const algorithm = query.get("X-Amz-Algorithm");
  if (algorithm === null) return undefined;
  if (algorithm !== "AWS4-HMAC-SHA256") throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`);
  return fromQuery(query);
}

const QUERY_PARAMETERS = [
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
  "X-Amz-Expires",
] as const;
/** A week. Source: IAM User Guide, "Create a signed AWS API request". */
const EXPIRES_SECONDS_MAX = 604_800;

function fromQuery(query: URLSearchParams): ParsedSignature {
  const missing = QUERY_PARAMETERS.filter((name) => !query.get(name));
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(" "));
  }
  const expires = query.get("X-Amz-Expires") ?? "";
  if (!/^\d{1,6}$/u.test(expires) || Number(expires) > EXPIRES_SECONDS_MAX) {
    throw incomplete(`X-Amz-Expires must be a number of seconds from 0 to ${EXPIRES_SECONDS_MAX}, got '${expires}'`);
  }
  return {
    credential: parseCredential(query.get("X-Amz-Credential") ?? ""),
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "host").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    timestamp: query.get("X-Amz-Date") ?? "",
    sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
    isPresigned: true,
    expiresSeconds: Number(expires),
  };
}
