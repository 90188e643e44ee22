// One client's connection to the APIs inside environments: requests in, answers out in the requests' order, in as few writes as can be.
import type { Socket } from "node:net";
import { afterIo } from "../../foundation/host.ts";
import { type BodySink, type HttpHeaders, HttpReader, type RequestHead } from "./http-reader.ts";

const ANSWERS_MAX = 64;
const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Request Entity Too Large",
  500: "Internal Server Error",
};

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  /** It may wait for the answer after it, where the client has asked for that already: both go out in one write. */
  readonly mayWait?: boolean;
}

/** What of a request's body has not been read yet can be made to wait, and its sender with it. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
}

/** Takes a request; `answer` is called once, now or much later. */
export type HttpHandler = (head: RequestHead, answer: (answer: HttpAnswer) => void, flow: BodyFlow) => BodySink;

/** What Go's HTTP server says, in which AWS's is written. */
export const NOT_FOUND: HttpAnswer = {
  status: 404,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
};

/** A body that is dropped, whatever it is. */
export const noBody: BodySink = { data: () => undefined, end: () => undefined, cut: () => undefined };

/** A sink that gathers up to `bytesMax`; beyond that nothing is kept. `then` gets what came, or why there is none. */
export function gatherBody(
  bytesMax: number,
  then: (body: Buffer | "tooLarge" | "cut", trailers: HttpHeaders) => void,
): BodySink {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    data(chunk) {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else chunks.length = 0;
    },
    end(trailers) {
      const [first] = chunks;
      if (bytes > bytesMax) then("tooLarge", trailers);
      else then(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks), trailers);
    },
    cut: () => then("cut", {}),
  };
}

function encode(answer: HttpAnswer, isLast: boolean): Buffer {
  const { status, headers = {}, body } = answer;
  let head = `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? "Unknown"}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name] ?? ""}\r\n`;
  if (isLast) head += "Connection: close\r\n";
  head += `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  // Header values are bytes of UTF-8, as the clients' JSON in them is.
  if (typeof body === "string") return Buffer.from(head + body);
  return Buffer.concat([Buffer.from(head), body]);
}

interface Pending {
  readonly isLast: boolean;
  answer: HttpAnswer | undefined;
}

/** Serves one socket until either side closes it. */
export function serveHttp(socket: Socket, handle: HttpHandler): void {
  const pending: Pending[] = [];
  const flow: BodyFlow = { pause: () => void socket.pause(), resume: () => void socket.resume() };
  let ready: Buffer[] = [];

  function flush(): void {
    if (ready.length === 0 || socket.destroyed) return;
    const [first] = ready;
    socket.write(ready.length === 1 && first !== undefined ? first : Buffer.concat(ready));
    ready = [];
  }

  function settle(): void {
    let mayWait = false;
    for (let [next] = pending; next?.answer !== undefined; [next] = pending) {
      pending.shift();
      ready.push(encode(next.answer, next.isLast));
      mayWait = next.answer.mayWait === true;
      if (next.isLast) return void socket.end(Buffer.concat(ready));
    }
    if (!mayWait) flush();
    // The next request may be in the same chunk, not read yet.
    else afterIo(() => pending.length === 0 && flush());
  }

  const reader = new HttpReader({
    onRequest(head) {
      if (pending.length >= ANSWERS_MAX) socket.destroy();
      const slot: Pending = { isLast: head.isLast, answer: undefined };
      pending.push(slot);
      if (head.expectsContinue && pending.length === 1) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      const answer = (given: HttpAnswer): void => {
        if (slot.answer !== undefined) return;
        slot.answer = given;
        settle();
      };
      return handle(head, answer, flow);
    },
    onBroken: () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
  });
  socket.on("data", (chunk: Buffer) => reader.read(chunk));
  socket.on("end", () => reader.end());
  socket.on("close", () => reader.end());
  socket.on("error", () => socket.destroy());
}
