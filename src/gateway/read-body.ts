// Reads a request's body whole, within the bound of what AWS takes.
import type { IncomingMessage } from "node:http";

/** Every body's bound: a 50 MB package in base64, with its envelope. Source: CreateFunction's own message. */
const BODY_BYTES_MAX = 70_167_211;

/** How reading ended. */
export type ReadBody =
  | { readonly outcome: "read"; readonly bytes: Buffer }
  | { readonly outcome: "tooLarge"; readonly limitBytes: number }
  /** The client closed before its Content-Length was reached. */
  | { readonly outcome: "cut" };

const EMPTY = Buffer.alloc(0);

/** Reads to the end; what is over the bound is read and dropped, so that the client hears the answer. */
export function readBody(message: IncomingMessage): Promise<ReadBody> {
  if (message.method === "GET" && message.headers["content-length"] === undefined) {
    message.resume();
    return Promise.resolve({ outcome: "read", bytes: EMPTY });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
    });
    message.on("end", () => {
      if (bytes > BODY_BYTES_MAX) {
        resolve({ outcome: "tooLarge", limitBytes: BODY_BYTES_MAX });
      } else {
        const [first] = chunks;
        resolve({ outcome: "read", bytes: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks) });
      }
    });
    message.on("error", () => resolve({ outcome: "cut" }));
    message.on("close", () => resolve({ outcome: "cut" }));
  });
}
