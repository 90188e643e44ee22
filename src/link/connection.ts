// One end of the link: framed calls and notices over a stream socket, the same in both directions.
// Frame: u32 length of what follows, u8 kind, u32 call id, u32 header length, header (JSON), body (bytes).
import type { Socket } from "node:net";
import { createDeferred, type Deferred } from "../foundation/deferred.ts";
import { Fault, messageOf } from "../foundation/fault.ts";

const KIND_CALL = 1;
const KIND_ANSWER = 2;
const KIND_FAULT = 3;
const KIND_NOTICE = 4;
/** Ahead of a call's answer. */
const KIND_PART = 5;
/** So many bytes of parts have been used up. */
const KIND_CREDIT = 6;
const HEAD_BYTES = 13;
/** A frame's bound: a 50 MB package with room for its header. */
const FRAME_BYTES_MAX = 64 << 20;

/** What may be under way of one call's parts: enough to keep a pipe full, little enough that a thousand calls fit. */
const WINDOW_BYTES = 256 << 10;
const CREDIT_BYTES = 64 << 10;

const COPIED_BYTES_MAX = 16 << 10;
const EMPTY = Buffer.alloc(0);

/** What travels: a small header and bytes that are never parsed on the way. */
export interface Parcel {
  readonly header: unknown;
  readonly body: Buffer;
}

/** What goes ahead of a call's answer. */
export interface Parts {
  /** False: the caller has enough for now, and `onRoom` tells when it has not. What is sent all the same is not lost. */
  send(part: Parcel): boolean;
  /** One listener; a later one takes its place. */
  onRoom(listener: () => void): void;
}

/** Takes a part; the next ones come no faster than it is done. */
export type OnPart = (part: Parcel) => Promise<void> | void;

/** What this end answers to. */
export interface LinkHandlers {
  onCall(method: string, parcel: Parcel, parts: Parts): Promise<Parcel>;
  onNotice(method: string, parcel: Parcel): void;
  onClose(): void;
}

/** An open link. */
export interface Connection {
  /** Rejects with a Fault when the other end fails or the link ends. */
  call(method: string, header: unknown, body?: Buffer, onPart?: OnPart): Promise<Parcel>;
  notify(method: string, header: unknown, body?: Buffer): void;
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

interface Waiting {
  readonly answer: Deferred<Parcel>;
  readonly onPart: OnPart | undefined;
  /** Bytes of parts that were used up and not told yet. */
  used: number;
}

/** The answering side of one call's parts. */
class Window implements Parts {
  readonly #send: (part: Parcel) => void;
  #underWay = 0;
  #room: () => void = () => undefined;

  constructor(send: (part: Parcel) => void) {
    this.#send = send;
  }

  send(part: Parcel): boolean {
    this.#underWay += part.body.length;
    this.#send(part);
    return this.#underWay < WINDOW_BYTES;
  }

  onRoom(listener: () => void): void {
    this.#room = listener;
  }

  credit(bytes: number): void {
    const wasFull = this.#underWay >= WINDOW_BYTES;
    this.#underWay -= bytes;
    if (wasFull && this.#underWay < WINDOW_BYTES) this.#room();
  }
}

/** Speaks the link's protocol over a connected socket. */
export function createConnection(socket: Socket, handlers: LinkHandlers): Connection {
  return new SocketConnection(socket, handlers);
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #handlers: LinkHandlers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #windows = new Map<number, Window>();
  #lastId = 0;
  #isClosed = false;

  constructor(socket: Socket, handlers: LinkHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    const read = createFrameReader((frame) => this.#take(frame));
    socket.on("data", (chunk: Buffer) => {
      try {
        read(chunk);
      } catch {
        this.close();
      }
    });
    socket.on("error", () => this.close());
    socket.on("close", () => this.close());
  }

  call(method: string, header: unknown, body: Buffer = EMPTY, onPart?: OnPart): Promise<Parcel> {
    const answer = createDeferred<Parcel>();
    this.#lastId = (this.#lastId + 1) >>> 0;
    if (this.#isClosed) answer.reject(new Fault("the link has ended"));
    else this.#waiting.set(this.#lastId, { answer, onPart, used: 0 });
    this.#send(KIND_CALL, this.#lastId, { m: method, h: header }, body);
    return answer.promise;
  }

  notify(method: string, header: unknown, body: Buffer = EMPTY): void {
    this.#send(KIND_NOTICE, 0, { m: method, h: header }, body);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    for (const { answer } of this.#waiting.values()) answer.reject(new Fault("the link has ended"));
    this.#waiting.clear();
    // Nobody takes parts any more, so nobody has to wait for room.
    for (const window of this.#windows.values()) window.credit(Number.POSITIVE_INFINITY);
    this.#handlers.onClose();
  }

  #send(kind: number, id: number, header: unknown, body: Buffer): void {
    if (this.#isClosed) return;
    const parts = encode(kind, id, header, body);
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case KIND_CALL:
        return void this.#serve(frame);
      case KIND_NOTICE:
        return this.#handlers.onNotice(frame.method, frame.parcel);
      case KIND_PART:
        return void this.#takePart(frame);
      case KIND_CREDIT:
        return this.#windows.get(frame.id)?.credit(Number(frame.parcel.header));
      default:
        return this.#takeAnswer(frame);
    }
  }

  async #serve({ id, method, parcel }: Frame): Promise<void> {
    const window = new Window((part) => {
      this.#windows.set(id, window);
      this.#send(KIND_PART, id, { h: part.header }, part.body);
    });
    try {
      const answer = await this.#handlers.onCall(method, parcel, window);
      this.#send(KIND_ANSWER, id, { h: answer.header }, answer.body);
    } catch (error) {
      this.#send(KIND_FAULT, id, { h: messageOf(error) }, EMPTY);
    }
    this.#windows.delete(id);
  }

  #takeAnswer({ kind, id, parcel }: Frame): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (kind === KIND_ANSWER) waiting?.answer.resolve(parcel);
    else waiting?.answer.reject(new Fault(String(parcel.header)));
  }

  async #takePart({ id, parcel }: Frame): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    await waiting.onPart?.(parcel);
    waiting.used += parcel.body.length;
    // Told in larger sums, of which the window holds several.
    if (waiting.used < CREDIT_BYTES) return;
    this.#send(KIND_CREDIT, id, { h: waiting.used }, EMPTY);
    waiting.used = 0;
  }
}
