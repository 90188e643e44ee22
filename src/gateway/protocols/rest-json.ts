// REST JSON, Lambda's protocol: method and path name the operation; members stand in path, query, headers and body.
import { type Members, ServiceException } from "../../model/operation.ts";
import { type ServiceShapes, type Shape, type Structure, structureOf } from "../shapes/shapes.ts";
import { encodeEventStream, EVENT_STREAM_TYPE } from "./event-stream.ts";
import { parseJsonObject, readStructure, readValue, serializationException, writeStructure } from "./json.ts";
import type { Protocol, Route, WireReply, WireRequest } from "./protocol.ts";

interface Template {
  readonly operation: string;
  readonly method: string;
  /** A literal, or the name of a label. */
  readonly segments: readonly { readonly literal: string; readonly label: string | undefined }[];
  readonly literals: readonly (readonly [string, string])[];
}

function templates(shapes: ServiceShapes): Template[] {
  const all = Object.entries(shapes.operations).map(([operation, { method = "", path = "" }]) => {
    const [pathname = "", query = ""] = path.split("?");
    const segments = pathname
      .split("/")
      .slice(1)
      .map((it) => ({ literal: it, label: it.startsWith("{") ? it.replace(/[{}+]/gu, "") : undefined }));
    return { operation, method, segments, literals: [...new URLSearchParams(query)] };
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
  { segments, literals }: Template,
  found: readonly string[],
  query: URLSearchParams,
): Record<string, string> | undefined {
  if (found.length !== segments.length) return undefined;
  const isMeant = segments.every(({ literal, label }, index) =>
    label === undefined ? found[index] === literal : found[index] !== "",
  );
  if (!isMeant || !literals.every(([name, value]) => query.get(name) === value)) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, { label }] of segments.entries())
    if (label !== undefined) labels[label] = decoded(found[index] ?? "");
  return labels;
}

type Named = readonly (readonly [string, Shape])[];

/** Where the members of an operation stand on the wire, sorted out once. */
interface Places {
  /** In the path, the query and the headers. */
  readonly bound: Named;
  readonly payload: readonly [string, Shape] | undefined;
  readonly body: Structure;
  readonly hasBody: boolean;
  readonly output: Named;
  readonly outputBody: Structure;
  readonly status: number;
}

const isInBody = ([, it]: readonly [string, Shape]): boolean =>
  it.httpLabel === undefined &&
  it.httpQuery === undefined &&
  it.httpHeader === undefined &&
  it.httpPayload === undefined &&
  it.httpResponseCode === undefined;

function placesOf(shapes: ServiceShapes, operation: string): Places {
  const shape = shapes.operations[operation];
  const input = Object.entries(structureOf(shapes, shape?.input ?? "#Unit"));
  const output = Object.entries(structureOf(shapes, shape?.output ?? "#Unit"));
  const body = Object.fromEntries(input.filter(isInBody));
  return {
    bound: input.filter((it) => !isInBody(it) && it[1].httpPayload === undefined),
    payload: input.find(([, it]) => it.httpPayload !== undefined),
    body,
    hasBody: Object.keys(body).length > 0,
    output: output.filter((it) => !isInBody(it)),
    outputBody: Object.fromEntries(output.filter(isInBody)),
    status: shape?.status ?? 200,
  };
}

function readBindings(
  shapes: ServiceShapes,
  bound: Named,
  route: Route,
  request: WireRequest,
): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, shape] of bound) {
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

/** Lambda's protocol over one service's shapes. `moreHeaders` are members of answers beside those, with their headers. */
export function createRestJson(shapes: ServiceShapes, moreHeaders: Readonly<Record<string, string>> = {}): Protocol {
  const byMethod = Map.groupBy(templates(shapes), (template) => template.method);
  const known = new Map(Object.keys(shapes.operations).map((it) => [it, placesOf(shapes, it)]));
  const none = placesOf(shapes, "");
  const places = (route: Route): Places => known.get(route.operation) ?? none;
  return {
    route({ method, path, query }) {
      // botocore sends some paths with a trailing slash; AWS takes both.
      const segments = (path.endsWith("/") ? path.slice(0, -1) : path).split("/").slice(1);
      for (const template of byMethod.get(method) ?? []) {
        const labels = match(template, segments, query);
        if (labels !== undefined) return { operation: template.operation, labels };
      }
      return undefined;
    },
    unknownOperation,
    decode(route, request) {
      const { bound, payload, body, hasBody } = places(route);
      const members = readBindings(shapes, bound, route, request);
      if (payload !== undefined) {
        const [name, shape] = payload;
        members[name] = shape.type === "blob" ? request.body : readValue(shapes, shape, parseJsonObject(request.body));
        return members;
      }
      return hasBody ? { ...members, ...readStructure(shapes, body, parseJsonObject(request.body)) } : members;
    },
    encode(route, given) {
      const { output, outputBody, status: usual } = places(route);
      const headers: Record<string, string> = { "content-type": "application/json" };
      for (const [name, header] of Object.entries(moreHeaders)) {
        const value = given[name];
        if (typeof value === "string") headers[header] = value;
      }
      let status = usual;
      let body: WireReply["body"] | undefined;
      for (const [name, member] of output) {
        const value = given[name];
        if (value === undefined) continue;
        if (member.httpResponseCode !== undefined) status = Number(value);
        else if (member.httpHeader !== undefined) headers[member.httpHeader] = `${value as string | number}`;
        else if (member.streaming !== undefined) {
          headers["content-type"] = EVENT_STREAM_TYPE;
          body = encodeEventStream(shapes, member.type, value as AsyncIterable<Members>);
        } else if (member.httpPayload !== undefined) body = value as Buffer;
      }
      if (body === undefined) {
        const isEmpty = status === 204 || (status === 202 && Object.keys(outputBody).length === 0);
        body = isEmpty ? "" : JSON.stringify(writeStructure(shapes, outputBody, given));
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
