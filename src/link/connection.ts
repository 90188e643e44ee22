// One end of the link: framed calls and notices over a stream socket, the same in both directions.
// Frame: u32 length of what follows, u8 kind, u32 call id, u32 header length, header (JSON), body (bytes).
import type { Socket } from "node:net";
import { createDeferred, type Deferred } from "../foundation/deferred.ts";
import { Fault, messageOf } from "../foundation/fault.ts";

const KIND_CALL = 1;
const KIND_ANSWER = 2;
const KIND_FAULT = 3;
const KIND_NOTICE = 4;
const HEAD_BYTES = 13;
/** A frame's bound: a 50 MB package with room for its header. */
const FRAME_BYTES_MAX = 64 << 20;

const COPIED_BYTES_MAX = 16 << 10;
const EMPTY = Buffer.alloc(0);

/** What travels: a small header and bytes that are never parsed on the way. */
export interface Parcel {
  readonly header: unknown;
  readonly body: Buffer;
}

/** What this end answers to. */
export interface LinkHandlers {
  onCall(method: string, parcel: Parcel): Promise<Parcel>;
  onNotice(method: string, parcel: Parcel): void;
  onClose(): void;
}

/** An open link. */
export interface Connection {
  /** Rejects with a Fault when the other end fails or the link ends. */
  call(method: string, header: unknown, body?: Buffer): Promise<Parcel>;
  notify(method: string, header: unknown, body?: Buffer): void;
  /** Bytes written but not yet taken by the other end. */
  pendingBytes(): number;
  close(): void;
}

interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly method: string;
  readonly parcel: Parcel;
}

function encode(kind: number, id: number, header: unknown, body: Buffer): Buffer[] {
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.allocUnsafe(HEAD_BYTES + json.length);
  head.writeUInt32LE(HEAD_BYTES - 4 + json.length + body.length, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32LE(id, 5);
  head.writeUInt32LE(json.length, 9);
  json.copy(head, HEAD_BYTES);
  if (body.length === 0) return [head];
  // One piece is written faster than two, up to where copying costs more than that.
  return body.length <= COPIED_BYTES_MAX ? [Buffer.concat([head, body])] : [head, body];
}

function decode(bytes: Buffer): Frame {
  const headerLength = bytes.readUInt32LE(5);
  const { m: method = "", h: header } = JSON.parse(bytes.toString("utf8", 9, 9 + headerLength)) as {
    m?: string;
    h?: unknown;
  };
  return {
    kind: bytes.readUInt8(0),
    id: bytes.readUInt32LE(1),
    method,
    parcel: { header, body: bytes.subarray(9 + headerLength) },
  };
}

/** Cuts a stream of chunks into frames without copying those that came in one piece. */
function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let wanted = 4;
  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    if (buffered < wanted) return;
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    for (;;) {
      if (bytes.length < 4) break;
      const length = bytes.readUInt32LE(0);
      if (length > FRAME_BYTES_MAX) throw new Fault("a frame over the link's bound");
      if (bytes.length < 4 + length) break;
      onFrame(decode(bytes.subarray(4, 4 + length)));
      bytes = bytes.subarray(4 + length);
    }
    wanted = bytes.length < 4 ? 4 : 4 + bytes.readUInt32LE(0);
    chunks = bytes.length === 0 ? [] : [bytes];
    buffered = bytes.length;
  };
}

/** Speaks the link's protocol over a connected socket. */
export function createConnection(socket: Socket, handlers: LinkHandlers): Connection {
  const waiting = new Map<number, Deferred<Parcel>>();
  let lastId = 0;
  let isClosed = false;

  function send(kind: number, id: number, header: unknown, body: Buffer): void {
    if (isClosed) return;
    const parts = encode(kind, id, header, body);
    if (parts.length > 1) socket.cork();
    for (const part of parts) socket.write(part);
    if (parts.length > 1) socket.uncork();
  }

  async function serve(frame: Frame): Promise<void> {
    try {
      const answer = await handlers.onCall(frame.method, frame.parcel);
      send(KIND_ANSWER, frame.id, { h: answer.header }, answer.body);
    } catch (error) {
      send(KIND_FAULT, frame.id, { h: messageOf(error) }, EMPTY);
    }
  }

  function take(frame: Frame): void {
    if (frame.kind === KIND_CALL) void serve(frame);
    else if (frame.kind === KIND_NOTICE) handlers.onNotice(frame.method, frame.parcel);
    else {
      const deferred = waiting.get(frame.id);
      waiting.delete(frame.id);
      if (frame.kind === KIND_ANSWER) deferred?.resolve(frame.parcel);
      else deferred?.reject(new Fault(String(frame.parcel.header)));
    }
  }

  function end(): void {
    if (isClosed) return;
    isClosed = true;
    socket.destroy();
    for (const deferred of waiting.values()) deferred.reject(new Fault("the link has ended"));
    waiting.clear();
    handlers.onClose();
  }

  const read = createFrameReader(take);
  socket.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch {
      end();
    }
  });
  socket.on("error", end);
  socket.on("close", end);
  return {
    call(method, header, body = EMPTY) {
      const deferred = createDeferred<Parcel>();
      lastId = (lastId + 1) >>> 0;
      if (isClosed) deferred.reject(new Fault("the link has ended"));
      else waiting.set(lastId, deferred);
      send(KIND_CALL, lastId, { m: method, h: header }, body);
      return deferred.promise;
    },
    notify(method, header, body = EMPTY) {
      send(KIND_NOTICE, 0, { m: method, h: header }, body);
    },
    pendingBytes: () => socket.writableLength,
    close: end,
  };
}
