// JSON bodies by shape, both ways: members that the shape doesn't name are dropped, wrong types are refused.
import { ServiceException } from "../../model/operation.ts";
import { type ServiceShapes, type Shape, type Structure, structureOf } from "../shapes/shapes.ts";

/** AWS's answer to a body that is not JSON or has a member of the wrong type. */
export function serializationException(message = ""): ServiceException {
  return new ServiceException({ code: "SerializationException", status: 400, message, messageMember: "Message" });
}

const DEPTH_MAX = 64;

/** Whether a value has members. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongType(expected: string, value: unknown): ServiceException {
  const token = Array.isArray(value) ? "START_ARRAY" : isRecord(value) ? "START_OBJECT" : `${typeof value} value`;
  return serializationException(`${token} can not be converted to ${expected === "list" ? "a List" : `a ${expected}`}`);
}

/** Base64 as AWS takes it; Node's own decoding passes over what is none. */
function decodedBlob(text: string): Buffer {
  const decoded = Buffer.from(text, "base64");
  const digits = text.length - (/={0,2}$/u.exec(text)?.[0].length ?? 0);
  if (decoded.length !== Math.floor((digits * 3) / 4) || digits % 4 === 1) throw serializationException();
  return decoded;
}

/** Gives a parsed JSON value the types that its shape asks for. Throws SerializationException. */
export function readValue(shapes: ServiceShapes, shape: Shape, value: unknown, depth = 0): unknown {
  if (value === null || value === undefined) return undefined;
  if (depth > DEPTH_MAX) throw serializationException("The request is nested too deeply");
  if (shape.type.startsWith("#")) {
    if (!isRecord(value)) throw wrongType("Structure", value);
    return readStructure(shapes, structureOf(shapes, shape.type), value, depth + 1);
  }
  const element = shape.of ?? { type: "string" };
  switch (shape.type) {
    case "list":
      if (!Array.isArray(value)) throw wrongType("list", value);
      return value.map((item) => readValue(shapes, element, item, depth + 1));
    case "map":
      if (!isRecord(value)) throw wrongType("Map", value);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, readValue(shapes, element, item, depth + 1)]),
      );
    case "blob":
      if (typeof value !== "string") throw wrongType("Blob", value);
      return decodedBlob(value);
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      if (typeof value !== "boolean") throw wrongType("Boolean", value);
      return value;
    case "number":
    case "timestamp": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number)) throw wrongType("Number", value);
      return number;
    }
    case "string":
      // AWS's front door turns plain numbers and booleans into strings, but not structures.
      if (typeof value === "string") return value;
      if (typeof value !== "number" && typeof value !== "boolean") throw wrongType("String", value);
      return `${value}`;
    default:
      return value;
  }
}

/** The members of a structure out of a parsed JSON object. */
export function readStructure(
  shapes: ServiceShapes,
  structure: Structure,
  value: Readonly<Record<string, unknown>>,
  depth = 0,
): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(structure)) {
    const found = readValue(shapes, shape, value[shape.jsonName ?? name], depth);
    if (found !== undefined) members[name] = found;
  }
  return members;
}

/** Parses a JSON object body. Throws SerializationException. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    throw serializationException();
  }
  if (!isRecord(parsed)) throw serializationException();
  return parsed;
}

/** A value as it goes into a JSON body: blobs in base64, dates as epoch seconds. */
export function writeValue(shapes: ServiceShapes, shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (shape.type.startsWith("#")) {
    return isRecord(value) ? writeStructure(shapes, structureOf(shapes, shape.type), value) : value;
  }
  const element = shape.of ?? { type: "string" };
  if (shape.type === "list" && Array.isArray(value)) return value.map((item) => writeValue(shapes, element, item));
  if (shape.type === "map" && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, writeValue(shapes, element, item)]));
  }
  if (shape.type === "blob" && value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (shape.type === "timestamp" && value instanceof Date) return value.getTime() / 1000;
  return value;
}

/** The named members of a structure, in the shape's order. */
export function writeStructure(
  shapes: ServiceShapes,
  structure: Structure,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(structure)) {
    const written = writeValue(shapes, shape, value[name]);
    if (written !== undefined) members[shape.jsonName ?? name] = written;
  }
  return members;
}
