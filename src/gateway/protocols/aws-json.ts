// AWS JSON 1.0 and 1.1: the header X-Amz-Target names the operation; everything else is the body.
import { ServiceException } from "../../model/operation.ts";
import { queryErrorHeader, type ServiceShapes, shapeNameOf, structureOf } from "../shapes/shapes.ts";
import { parseJsonObject, readStructure, writeStructure } from "./json.ts";
import type { Protocol } from "./protocol.ts";
import { unpacked } from "./unpacked.ts";

/**
 * The protocol of CloudWatch Logs and its kin. `targetPrefix` is for instance `Logs_20140328`. A service that spoke the query
 * protocol before (`isQueryCompatible`) tells its old error codes in a header.
 */
export function createAwsJson(
  shapes: ServiceShapes,
  options: { version: "1.0" | "1.1"; targetPrefix: string; isQueryCompatible?: boolean },
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
      headers: {
        "content-type": contentType,
        "x-amzn-ErrorType": shapeNameOf(shapes, exception.code),
        ...(options.isQueryCompatible === true ? queryErrorHeader(exception) : {}),
        ...exception.headers,
      },
      body: JSON.stringify({ __type: shapeNameOf(shapes, exception.code), ...exception.members }),
    }),
  };
}
