// Answers that are a stream of events, in AWS's binary framing. Source: "Event stream encoding" of the Smithy specification.
import { crc32 } from "node:zlib";
import { type ServiceShapes, type Structure, structureOf } from "../shapes/shapes.ts";
import { writeStructure } from "./json.ts";

/** What an event stream is called on the wire. */
export const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const STRING_HEADER = 7;

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const head = Buffer.alloc(1 + name.length + 3);
    head.writeUInt8(name.length, 0);
    head.write(name, 1, "latin1");
    head.writeUInt8(STRING_HEADER, 1 + name.length);
    head.writeUInt16BE(Buffer.byteLength(value), 2 + name.length);
    parts.push(head, Buffer.from(value));
  }
  return Buffer.concat(parts);
}

/** One frame: lengths, their checksum, headers, payload, the checksum of all. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = encodeHeaders(headers);
  const length = PRELUDE_BYTES + head.length + payload.length + CHECKSUM_BYTES;
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE_BYTES);
  frame.set(payload, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, length - CHECKSUM_BYTES)), length - CHECKSUM_BYTES);
  return frame;
}

function encodeEvent(shapes: ServiceShapes, union: Structure, event: Readonly<Record<string, unknown>>): Buffer {
  const [name, value] = Object.entries(event)[0] ?? [];
  const shape = name === undefined ? undefined : union[name];
  if (name === undefined || shape === undefined) throw new TypeError("an event stream has no such event");
  const structure = structureOf(shapes, shape.type);
  const members = value as Readonly<Record<string, unknown>>;
  const payload = Object.entries(structure).find(([, it]) => it.eventPayload !== undefined);
  const about = { ":message-type": "event", ":event-type": name };
  if (payload !== undefined)
    return encodeFrame({ ...about, ":content-type": "application/octet-stream" }, members[payload[0]] as Uint8Array);
  const json = JSON.stringify(writeStructure(shapes, structure, members));
  return encodeFrame({ ...about, ":content-type": "application/json" }, Buffer.from(json));
}

/** The frames of a stream's events; `type` names the union of what it may hold. */
export async function* encodeEventStream(
  shapes: ServiceShapes,
  type: string,
  events: AsyncIterable<Readonly<Record<string, unknown>>>,
): AsyncGenerator<Buffer> {
  const union = structureOf(shapes, type);
  for await (const event of events) yield encodeEvent(shapes, union, event);
}
