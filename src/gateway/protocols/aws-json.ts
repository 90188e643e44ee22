// AWS JSON 1.0 and 1.1: the header X-Amz-Target names the operation; everything else is the body.
import { gunzipSync } from "node:zlib";
import { ServiceException } from "../../model/operation.ts";
import { type ServiceShapes, structureOf } from "../shapes/shapes.ts";
import { parseJsonObject, readStructure, serializationException, writeStructure } from "./json.ts";
import type { Protocol, WireRequest } from "./protocol.ts";

/** What a compressed body may come to. */
const UNPACKED_BYTES_MAX = 16 << 20;

/** The body, unpacked where it is compressed: the CloudWatch agent sends PutLogEvents that way. */
function unpacked({ headers, body }: WireRequest): Buffer {
  if (headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    throw serializationException("The body is not what its Content-Encoding says");
  }
}

/** The protocol of CloudWatch Logs and its kin. `targetPrefix` is for instance `Logs_20140328`. */
export function createAwsJson(
  shapes: ServiceShapes,
  options: { version: "1.0" | "1.1"; targetPrefix: string },
): Protocol {
  const contentType = `application/x-amz-json-${options.version}`;
  return {
    route(request) {
      const [prefix, operation = ""] = (request.headers["x-amz-target"] ?? "").split(".");
      return prefix === options.targetPrefix ? { operation, labels: {} } : undefined;
    },
    unknownOperation: () => new ServiceException({ code: "UnknownOperationException", status: 400, message: "" }),
    decode(route, request) {
      const structure = structureOf(shapes, shapes.operations[route.operation]?.input ?? "#Unit");
      return readStructure(shapes, structure, parseJsonObject(unpacked(request)));
    },
    encode(route, output) {
      const name = shapes.operations[route.operation]?.output ?? "#Unit";
      // Operations without an output answer with an empty body, as CloudWatch Logs does.
      const body = name === "#Unit" ? "" : JSON.stringify(writeStructure(shapes, structureOf(shapes, name), output));
      return { status: 200, headers: { "content-type": contentType }, body };
    },
    encodeException: (exception) => ({
      status: exception.status,
      headers: { "content-type": contentType, "x-amzn-ErrorType": exception.code, ...exception.headers },
      body: JSON.stringify({ __type: exception.code, ...exception.members }),
    }),
  };
}
