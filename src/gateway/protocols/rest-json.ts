// REST JSON, Lambda's protocol: method and path name the operation; members stand in path, query, headers and body.
import { type Members, ServiceException } from "../../model/operation.ts";
import { type ServiceShapes, type Structure, structureOf } from "../shapes/shapes.ts";
import { encodeEventStream, EVENT_STREAM_TYPE } from "./event-stream.ts";
import { parseJsonObject, readStructure, readValue, serializationException, writeStructure } from "./json.ts";
import type { Protocol, Route, WireReply, WireRequest } from "./protocol.ts";

interface Template {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly literals: readonly (readonly [string, string])[];
}

function templates(shapes: ServiceShapes): Template[] {
  const all = Object.entries(shapes.operations).map(([operation, { method = "", path = "" }]) => {
    const [pathname = "", query = ""] = path.split("?");
    return { operation, method, segments: pathname.split("/").slice(1), literals: [...new URLSearchParams(query)] };
  });
  // Paths that differ by a literal query alone: the one that asks for more is tried first.
  return all.sort((a, b) => b.literals.length - a.literals.length);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw serializationException("The path is not correctly percent-encoded");
  }
}

function match(
  template: Template,
  segments: readonly string[],
  query: URLSearchParams,
): Record<string, string> | undefined {
  if (segments.length !== template.segments.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, expected] of template.segments.entries()) {
    const found = segments[index] ?? "";
    if (expected.startsWith("{")) {
      if (found === "") return undefined;
      labels[expected.replace(/[{}+]/gu, "")] = decoded(found);
    } else if (expected !== found) return undefined;
  }
  return template.literals.every(([name, value]) => query.get(name) === value) ? labels : undefined;
}

function readBindings(shapes: ServiceShapes, structure: Structure, route: Route, request: WireRequest): Members {
  const members: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(structure)) {
    let text: string | null | undefined;
    if (shape.httpLabel !== undefined) text = route.labels[name];
    else if (shape.httpQuery !== undefined && shape.type === "list") {
      const values = request.query.getAll(shape.httpQuery);
      if (values.length > 0) members[name] = values;
    } else if (shape.httpQuery !== undefined) text = request.query.get(shape.httpQuery);
    else if (shape.httpHeader !== undefined) text = request.headers[shape.httpHeader.toLowerCase()];
    if (text !== undefined && text !== null) members[name] = readValue(shapes, shape, text);
  }
  return members;
}

/** Lambda's protocol over one service's shapes. */
export function createRestJson(shapes: ServiceShapes): Protocol {
  const byMethod = Map.groupBy(templates(shapes), (template) => template.method);
  const bodyOf = (structure: Structure): Structure =>
    Object.fromEntries(
      Object.entries(structure).filter(
        ([, it]) =>
          it.httpLabel === undefined &&
          it.httpQuery === undefined &&
          it.httpHeader === undefined &&
          it.httpPayload === undefined &&
          it.httpResponseCode === undefined,
      ),
    );
  return {
    route(request) {
      // botocore sends some paths with a trailing slash; AWS takes both.
      const segments = request.path.replace(/\/$/u, "").split("/").slice(1);
      for (const template of byMethod.get(request.method) ?? []) {
        const labels = match(template, segments, request.query);
        if (labels !== undefined) return { operation: template.operation, labels };
      }
      return undefined;
    },
    unknownOperation,
    decode(route, request) {
      const structure = structureOf(shapes, shapes.operations[route.operation]?.input ?? "#Unit");
      const members = { ...readBindings(shapes, structure, route, request) };
      const payload = Object.entries(structure).find(([, shape]) => shape.httpPayload !== undefined);
      if (payload?.[1].type === "blob") return { ...members, [payload[0]]: request.body };
      if (payload !== undefined) {
        return { ...members, [payload[0]]: readValue(shapes, payload[1], parseJsonObject(request.body)) };
      }
      const body = bodyOf(structure);
      if (Object.keys(body).length === 0) return members;
      return { ...members, ...readStructure(shapes, body, parseJsonObject(request.body)) };
    },
    encode(route, output) {
      const shape = shapes.operations[route.operation];
      const structure = structureOf(shapes, shape?.output ?? "#Unit");
      const headers: Record<string, string> = { "content-type": "application/json" };
      let status = shape?.status ?? 200;
      let body: WireReply["body"] | undefined;
      for (const [name, member] of Object.entries(structure)) {
        const value = output[name];
        if (value === undefined) continue;
        if (member.httpResponseCode !== undefined) status = Number(value);
        else if (member.httpHeader !== undefined) headers[member.httpHeader] = `${value as string | number}`;
        else if (member.streaming !== undefined) {
          headers["content-type"] = EVENT_STREAM_TYPE;
          body = encodeEventStream(shapes, member.type, value as AsyncIterable<Members>);
        } else if (member.httpPayload !== undefined) body = value as Buffer;
      }
      if (body === undefined) {
        body =
          status === 204 || (status === 202 && Object.keys(bodyOf(structure)).length === 0)
            ? ""
            : JSON.stringify(writeStructure(shapes, bodyOf(structure), output));
      }
      return { status, headers, body };
    },
    encodeException: encodeRestJsonException,
  };
}

/** The answer to a method and path that no operation has. */
export function unknownOperation(): ServiceException {
  return new ServiceException({ code: "UnknownOperationException", status: 404, message: "" });
}

/** The error form of REST JSON: the code in a header, `Type` and the message in the body. */
export const encodeRestJsonException: Protocol["encodeException"] = (exception): WireReply => ({
  status: exception.status,
  headers: { "content-type": "application/json", "x-amzn-ErrorType": exception.code, ...exception.headers },
  body: JSON.stringify({ Type: exception.status >= 500 ? "Server" : "User", ...exception.members }),
});
