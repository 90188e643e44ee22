// CBOR (RFC 8949), as far as Smithy's RPC v2 speaks it: what JSON has, with bytes and timestamps of their own.
import { serializationException } from "./json.ts";

const DEPTH_MAX = 64;
const TAG_EPOCH_SECONDS = 1;
const BREAK = Symbol("break");

/** Integers as short as they go. */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value <= 0xff) return Buffer.from([(major << 5) | 24, value]);
  const bytes = Buffer.alloc(value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9);
  bytes[0] = (major << 5) | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  if (bytes.length === 3) bytes.writeUInt16BE(value, 1);
  else if (bytes.length === 5) bytes.writeUInt32BE(value, 1);
  else bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}

function number(value: number): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value >= 0 ? head(0, value) : head(1, -1 - value);
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  return [head(3, bytes.length), bytes];
}

function pieces(value: unknown): Buffer[] {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return [number(value)];
  if (typeof value === "boolean") return [Buffer.from([value ? 0xf5 : 0xf4])];
  if (value instanceof Date) return [head(6, TAG_EPOCH_SECONDS), number(value.getTime() / 1000)];
  if (value instanceof Uint8Array) return [head(2, value.length), Buffer.from(value)];
  if (Array.isArray(value)) return [head(4, value.length), ...value.flatMap(pieces)];
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, it]) => it !== undefined);
    return [head(5, members.length), ...members.flatMap(([name, it]) => [...text(name), ...pieces(it)])];
  }
  return [Buffer.from([0xf6])];
}

/** Members that are undefined are left out; dates are epoch seconds. */
export function encodeCbor(value: unknown): Buffer {
  return Buffer.concat(pieces(value));
}

/** A half-precision number. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Reads one value, as JSON would have it: bytes in base64, timestamps as seconds. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  document(): unknown {
    const value = this.#value(0);
    if (value === BREAK || this.#at !== this.#bytes.length) throw serializationException();
    return value;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw serializationException("The body ends in the middle of a value");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** undefined: of a length that is not said. */
  #length(info: number): number | undefined {
    if (info < 24) return info;
    if (info === 24) return this.#take(1).readUInt8();
    if (info === 25) return this.#take(2).readUInt16BE();
    if (info === 26) return this.#take(4).readUInt32BE();
    if (info === 27) return Number(this.#take(8).readBigUInt64BE());
    if (info === 31) return undefined;
    throw serializationException();
  }

  #value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw serializationException("The request is nested too deeply");
    const first = this.#take(1).readUInt8();
    const major = first >> 5;
    const info = first & 0x1f;
    if (major === 7) return this.#simple(info);
    const length = this.#length(info);
    if (length === undefined && (major < 2 || major === 6)) throw serializationException();
    switch (major) {
      case 0:
        return length;
      case 1:
        return -1 - (length ?? 0);
      case 2:
        return this.#string(2, length, depth).toString("base64");
      case 3:
        return this.#string(3, length, depth).toString("utf8");
      case 4:
        return this.#list(length, depth);
      case 5:
        return this.#map(length, depth);
      default:
        // A tag. What it says of a timestamp its shape says too.
        return this.#content(depth);
    }
  }

  /** A value that is none but a break. */
  #content(depth: number): unknown {
    const value = this.#value(depth + 1);
    if (value === BREAK) throw serializationException();
    return value;
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return half(this.#take(2).readUInt16BE());
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      case 31:
        return BREAK;
      default:
        throw serializationException();
    }
  }

  #string(major: number, length: number | undefined, depth: number): Buffer {
    if (length !== undefined) return this.#take(length);
    if (depth > DEPTH_MAX) throw serializationException();
    const chunks: Buffer[] = [];
    for (;;) {
      const first = this.#take(1).readUInt8();
      if (first === 0xff) return Buffer.concat(chunks);
      const chunk = first >> 5 === major ? this.#length(first & 0x1f) : undefined;
      if (chunk === undefined) throw serializationException();
      chunks.push(this.#take(chunk));
    }
  }

  // Nothing is made for a length that is only claimed: each item takes a byte at least, and the body is bounded.
  #list(length: number | undefined, depth: number): unknown[] {
    const items: unknown[] = [];
    while (length === undefined || items.length < length) {
      const item = this.#value(depth + 1);
      if (item === BREAK && length === undefined) break;
      if (item === BREAK) throw serializationException();
      items.push(item);
    }
    return items;
  }

  #map(length: number | undefined, depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    while (length === undefined || members.length < length) {
      const name = this.#value(depth + 1);
      if (name === BREAK && length === undefined) break;
      if (typeof name !== "string") throw serializationException();
      members.push([name, this.#content(depth)]);
    }
    return Object.fromEntries(members);
  }
}

/** Throws SerializationException for what is no CBOR, or more than one value. */
export function decodeCbor(bytes: Buffer): unknown {
  return new Reader(bytes).document();
}
