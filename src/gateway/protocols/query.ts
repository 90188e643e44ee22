// The query protocol of STS and its kin: a form body with Action and Version; answers in XML.
import { ServiceException } from "../../model/operation.ts";
import { type ServiceShapes, type Shape, structureOf } from "../shapes/shapes.ts";
import { readValue } from "./json.ts";
import type { Protocol, WireRequest } from "./protocol.ts";

function parameters(request: WireRequest): URLSearchParams {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  return isForm ? new URLSearchParams(request.body.toString("utf8")) : request.query;
}

function escaped(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;").replace(/"/gu, "&quot;");
}

/** Members spelled `Name`, `List.member.N` and `Structure.Member`. */
function readMember(shapes: ServiceShapes, shape: Shape, form: URLSearchParams, prefix: string): unknown {
  if (shape.type.startsWith("#")) {
    const members: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(structureOf(shapes, shape.type))) {
      const value = readMember(shapes, member, form, prefix === "" ? name : `${prefix}.${name}`);
      if (value !== undefined) members[name] = value;
    }
    return prefix === "" || Object.keys(members).length > 0 ? members : undefined;
  }
  if (shape.type === "list") {
    const items: unknown[] = [];
    const element = shape.of ?? { type: "string" };
    for (let index = 1; index <= form.size; index++) {
      const item = readMember(shapes, element, form, `${prefix}.member.${index}`);
      if (item === undefined) break;
      items.push(item);
    }
    return items.length > 0 ? items : undefined;
  }
  const text = form.get(prefix) ?? undefined;
  // Times are written out here; everything behind the gateway has them in seconds.
  const atMs = shape.type === "timestamp" && text !== undefined ? Date.parse(text) : NaN;
  return readValue(shapes, shape, Number.isNaN(atMs) ? text : atMs / 1000);
}

function writeMember(shapes: ServiceShapes, shape: Shape, value: unknown): string {
  if (shape.type.startsWith("#")) {
    const record = value as Readonly<Record<string, unknown>>;
    return Object.entries(structureOf(shapes, shape.type))
      .filter(([name]) => record[name] !== undefined)
      .map(([name, member]) => `<${name}>${writeMember(shapes, member, record[name])}</${name}>`)
      .join("");
  }
  if (Array.isArray(value)) {
    return value.map((it) => `<member>${writeMember(shapes, shape.of ?? { type: "string" }, it)}</member>`).join("");
  }
  if (shape.type === "map" && typeof value === "object" && value !== null) {
    const element = shape.of ?? { type: "string" };
    return Object.entries(value)
      .map(([key, it]) => `<entry><key>${escaped(key)}</key><value>${writeMember(shapes, element, it)}</value></entry>`)
      .join("");
  }
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  return escaped(String(value));
}

/** The query protocol over one service's shapes; `namespace` is the XML namespace of its answers. */
export function createQuery(shapes: ServiceShapes, options: { version: string; namespace: string }): Protocol {
  return {
    route(request) {
      const form = parameters(request);
      const operation = form.get("Action");
      return operation === null || form.get("Version") !== options.version ? undefined : { operation, labels: {} };
    },
    unknownOperation: ({ operation }) =>
      new ServiceException({
        code: "InvalidAction",
        status: 400,
        message: `Could not find operation ${operation} for version ${options.version}`,
      }),
    decode(route, request) {
      const type = shapes.operations[route.operation]?.input ?? "#Unit";
      return readMember(shapes, { type }, parameters(request), "") as Record<string, unknown>;
    },
    encode(route, output, requestId) {
      const type = shapes.operations[route.operation]?.output ?? "#Unit";
      const name = route.operation;
      const result = `<${name}Result>${writeMember(shapes, { type }, output)}</${name}Result>`;
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      const body = `<${name}Response xmlns="${options.namespace}">${result}${metadata}</${name}Response>`;
      return { status: 200, headers: { "content-type": "text/xml" }, body };
    },
    encodeException(exception, requestId) {
      const type = exception.status >= 500 ? "Receiver" : "Sender";
      const error = `<Error><Type>${type}</Type><Code>${exception.code}</Code><Message>${escaped(exception.message)}</Message></Error>`;
      const body = `<ErrorResponse xmlns="${options.namespace}">${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
      return { status: exception.status, headers: { "content-type": "text/xml", ...exception.headers }, body };
    },
  };
}
