// AWS JSON 1.0 and 1.1: the header X-Amz-Target names the operation; everything else is the body.
import { type ServiceShapes, structureOf } from "../shapes/shapes.ts";
import { parseJsonObject, readStructure, writeStructure } from "./json.ts";
import type { Protocol } from "./protocol.ts";

/** The protocol of CloudWatch Logs and its kin. `targetPrefix` is for instance `Logs_20140328`. */
export function createAwsJson(
  shapes: ServiceShapes,
  options: { version: "1.0" | "1.1"; targetPrefix: string },
): Protocol {
  const contentType = `application/x-amz-json-${options.version}`;
  return {
    route(request) {
      const [prefix, operation = ""] = (request.headers["x-amz-target"] ?? "").split(".");
      if (prefix !== options.targetPrefix || shapes.operations[operation] === undefined) return undefined;
      return { operation, labels: {} };
    },
    decode(route, request) {
      const structure = structureOf(shapes, shapes.operations[route.operation]?.input ?? "#Unit");
      return readStructure(shapes, structure, parseJsonObject(request.body));
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
