// Bodies that clients compress: the CloudWatch agent its log events, SDKs and the CLI larger metric data.
import { gunzipSync } from "node:zlib";
import { serializationException } from "./json.ts";
import type { WireRequest } from "./protocol.ts";

/** What a compressed body may come to. */
const UNPACKED_BYTES_MAX = 16 << 20;

/** The body, unpacked where it is compressed. Throws SerializationException. */
export function unpacked({ headers, body }: Pick<WireRequest, "headers" | "body">): Buffer {
  if (headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    throw serializationException("The body is not what its Content-Encoding says");
  }
}
