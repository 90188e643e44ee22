// Smithy RPC v2 CBOR, which botocore speaks to CloudWatch: the path names service and operation, bodies are CBOR.
import { ServiceException } from "../../model/operation.ts";
import { queryErrorHeader, type ServiceShapes, shapeNameOf, structureOf } from "../shapes/shapes.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import { isRecord, readStructure, serializationException } from "./json.ts";
import type { Protocol, WireRequest } from "./protocol.ts";
import { unpacked } from "./unpacked.ts";

const HEADERS = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

function parsed(request: WireRequest): Readonly<Record<string, unknown>> {
  const body = unpacked(request);
  const value = body.length === 0 ? {} : decodeCbor(body);
  if (!isRecord(value)) throw serializationException();
  return value;
}

/** The protocol over one service's shapes. `serviceName` is for instance `GraniteServiceVersion20100801`. */
export function createRpcV2Cbor(shapes: ServiceShapes, options: { serviceName: string }): Protocol {
  const prefix = `/service/${options.serviceName}/operation/`;
  return {
    route(request) {
      const isOurs = request.headers["smithy-protocol"] === "rpc-v2-cbor" && request.path.startsWith(prefix);
      return isOurs ? { operation: request.path.slice(prefix.length), labels: {} } : undefined;
    },
    unknownOperation: () => new ServiceException({ code: "UnknownOperationException", status: 404, message: "" }),
    decode: (route, request) =>
      readStructure(shapes, structureOf(shapes, shapes.operations[route.operation]?.input ?? "#Unit"), parsed(request)),
    encode: (_route, output) => ({ status: 200, headers: HEADERS, body: encodeCbor(output) }),
    encodeException: (exception) => ({
      status: exception.status,
      headers: { ...HEADERS, ...queryErrorHeader(exception), ...exception.headers },
      body: encodeCbor({ __type: shapeNameOf(shapes, exception.code), ...exception.members }),
    }),
  };
}
