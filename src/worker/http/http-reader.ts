// HTTP/1.1 requests out of a stream of chunks, as environments' clients send them: heads, bodies of either framing, trailers.
// Ours, since it stands on the invoke path: node:http answers pipelined requests with a write each, and a write costs more
// than all of this.

import { unreachable } from "../../foundation/fault.ts";

/** Names in lower case. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** A request's first part. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: HttpHeaders;
  /** The client wants the connection closed after the answer. */
  readonly isLast: boolean;
  /** The client sends its body when it is told to go on. */
  readonly expectsContinue: boolean;
}

/** Where a request's body goes. */
export interface BodySink {
  data(chunk: Buffer): void;
  end(trailers: HttpHeaders): void;
  /** The stream ended before the body did. */
  cut(): void;
}

/** What the reader tells. */
export interface ReaderEvents {
  onRequest(head: RequestHead): BodySink;
  /** What came is no HTTP; nothing after it is read. */
  onBroken(): void;
}

/** Room for an X-Ray cause of 1 MB in a header. */
const HEAD_BYTES_MAX = 2 << 20;
const LINE_BYTES_MAX = 16 << 10;
const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

type Phase =
  | { readonly at: "head" }
  | { readonly at: "chunkSize" | "chunkEnd"; readonly sink: BodySink }
  | { readonly at: "body" | "chunk"; readonly sink: BodySink; left: number }
  | { readonly at: "trailers"; readonly sink: BodySink; readonly trailers: Record<string, string> }
  | { readonly at: "broken" };

class NotHttp extends Error {}

function addHeader(line: string, into: Record<string, string>): void {
  const colon = line.indexOf(":");
  if (colon <= 0) throw new NotHttp();
  into[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
}

function parseHead(text: string): RequestHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [method, path, version, ...more] = requestLine.split(" ");
  if (!method || !path?.startsWith("/") || !version?.startsWith("HTTP/1.") || more.length > 0) throw new NotHttp();
  const headers: Record<string, string> = {};
  for (const line of lines) addHeader(line, headers);
  const connection = headers["connection"]?.toLowerCase();
  return {
    method,
    path,
    headers,
    isLast: connection === "close" || (version === "HTTP/1.0" && connection !== "keep-alive"),
    expectsContinue: headers["expect"]?.toLowerCase() === "100-continue",
  };
}

/** The length that a head declares: 0 for none, "chunked" for that framing. */
function lengthOf({ headers }: RequestHead): number | "chunked" {
  const encoding = headers["transfer-encoding"];
  const length = headers["content-length"];
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== "chunked" || length !== undefined) throw new NotHttp();
    return "chunked";
  }
  if (length === undefined) return 0;
  if (!/^\d{1,12}$/u.test(length)) throw new NotHttp();
  return Number(length);
}

/** The reader of one connection. */
export class HttpReader {
  readonly #events: ReaderEvents;
  #phase: Phase = { at: "head" };
  #rest: Buffer = Buffer.alloc(0);

  constructor(events: ReaderEvents) {
    this.#events = events;
  }

  /** Takes what came; what is not whole yet is kept. */
  read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      while (bytes.length > 0) {
        const taken = this.#step(bytes);
        if (taken === 0) break;
        bytes = bytes.subarray(taken);
      }
    } catch (error) {
      if (!(error instanceof NotHttp)) throw error;
      this.#phase = { at: "broken" };
      bytes = bytes.subarray(bytes.length);
      this.#events.onBroken();
    }
    this.#rest = bytes;
  }

  /** The stream has ended. */
  end(): void {
    const phase = this.#phase;
    this.#phase = { at: "broken" };
    if (phase.at !== "head" && phase.at !== "broken") phase.sink.cut();
  }

  /** Takes what it can from the front; gives how many bytes that were, 0 when more must come first. */
  #step(bytes: Buffer): number {
    const now = this.#phase;
    switch (now.at) {
      case "head":
        return this.#takeHead(bytes);
      case "body":
      case "chunk":
        return this.#takeBytes(bytes, now);
      case "chunkSize":
        return takeLine(bytes, (line) => (this.#phase = afterChunkSize(line, now.sink)));
      case "chunkEnd":
        return takeLine(bytes, () => (this.#phase = { at: "chunkSize", sink: now.sink }));
      case "trailers":
        return takeLine(bytes, (line) => this.#takeTrailer(line, now.sink, now.trailers));
      case "broken":
        return bytes.length;
      default:
        return unreachable(now);
    }
  }

  #takeHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 && bytes.length <= HEAD_BYTES_MAX) return 0;
    if (end < 0 || end > HEAD_BYTES_MAX) throw new NotHttp();
    const head = parseHead(bytes.toString("latin1", 0, end));
    const length = lengthOf(head);
    const sink = this.#events.onRequest(head);
    if (length === "chunked") this.#phase = { at: "chunkSize", sink };
    else if (length > 0) this.#phase = { at: "body", sink, left: length };
    else sink.end({});
    return end + HEAD_END.length;
  }

  #takeBytes(bytes: Buffer, now: Extract<Phase, { at: "body" | "chunk" }>): number {
    const taken = Math.min(now.left, bytes.length);
    now.sink.data(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    now.left -= taken;
    if (now.left > 0) return taken;
    this.#phase = now.at === "body" ? { at: "head" } : { at: "chunkEnd", sink: now.sink };
    if (now.at === "body") now.sink.end({});
    return taken;
  }

  #takeTrailer(line: string, sink: BodySink, trailers: Record<string, string>): void {
    if (line !== "") return addHeader(line, trailers);
    this.#phase = { at: "head" };
    sink.end(trailers);
  }
}

/** Hands on one line without its end; gives how many bytes that were, 0 where it is not whole. */
function takeLine(bytes: Buffer, take: (line: string) => void): number {
  const end = bytes.indexOf(LINE_END);
  if (end > LINE_BYTES_MAX || (end < 0 && bytes.length > LINE_BYTES_MAX)) throw new NotHttp();
  if (end < 0) return 0;
  take(bytes.toString("latin1", 0, end));
  return end + LINE_END.length;
}

function afterChunkSize(line: string, sink: BodySink): Phase {
  const size = /^[\da-f]{1,8}(?=$|[;\s])/iu.exec(line)?.[0];
  if (size === undefined) throw new NotHttp();
  const left = Number.parseInt(size, 16);
  return left === 0 ? { at: "trailers", sink, trailers: {} } : { at: "chunk", sink, left };
}
