// The Runtime API, version 2018-06-01: what runtimes inside environments talk to. Environments are told apart by source address.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../foundation/clock.ts";
import { afterIo } from "../../foundation/host.ts";

const PREFIX = "/2018-06-01/runtime/";
/** 6 MB with AWS's 100-byte envelope. */
export const RESPONSE_BYTES_MAX = 6_291_556;

/** An event on its way into an environment. */
export interface NextEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a runtime posted. */
export type RuntimePost =
  | {
      readonly kind: "response";
      readonly requestId: string;
      readonly body: Buffer;
      readonly isStreaming: boolean;
      readonly midStreamError: Buffer | undefined;
    }
  | { readonly kind: "tooLarge"; readonly requestId: string }
  | { readonly kind: "error"; readonly requestId: string; readonly body: Buffer }
  | { readonly kind: "initError"; readonly body: Buffer };

/** The Runtime API's answer to a post. */
export type PostVerdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly status: number; readonly errorType: string; readonly errorMessage: string };

/** One environment as the Runtime API sees it. */
export interface RuntimePeer {
  /** The runtime asks for its next event; `deliver` answers, now or much later. */
  onNext(deliver: (event: NextEvent) => void): void;
  onPost(post: RuntimePost): PostVerdict;
}

/** The open API. */
export interface RuntimeApi extends AsyncDisposable {
  readonly port: number;
  attach(identity: string, peer: RuntimePeer): void;
  detach(identity: string): void;
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

const refused = (response: ServerResponse, status: number, errorType: string, errorMessage: string): void =>
  answer(response, status, { errorMessage, errorType });

/** Reads to the end; beyond the bound, bytes are dropped and `undefined` is the result. Rejects when cut short. */
function readBounded(message: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= RESPONSE_BYTES_MAX) chunks.push(chunk);
    });
    message.on("end", () => resolve(bytes > RESPONSE_BYTES_MAX ? undefined : Buffer.concat(chunks)));
    message.on("error", reject);
    message.on("close", () => reject(new Error("cut short")));
  });
}

function postOf(path: string, message: IncomingMessage, body: Buffer | undefined): RuntimePost | "unknown" {
  const parts = path.slice(PREFIX.length).split("/");
  if (path === `${PREFIX}init/error`) return { kind: "initError", body: body ?? Buffer.alloc(0) };
  const [invocation, requestId = "", what] = parts;
  if (invocation !== "invocation" || parts.length !== 3) return "unknown";
  if (what === "error") return { kind: "error", requestId, body: body ?? Buffer.alloc(0) };
  if (what !== "response") return "unknown";
  if (body === undefined) return { kind: "tooLarge", requestId };
  const isStreaming = message.headers["lambda-runtime-function-response-mode"] === "streaming";
  const trailer = message.trailers["lambda-runtime-function-error-body"];
  const midStreamError = trailer === undefined ? undefined : Buffer.from(trailer, "base64");
  return { kind: "response", requestId, body, isStreaming, midStreamError };
}

async function takePost(
  path: string,
  message: IncomingMessage,
  response: ServerResponse,
  peer: RuntimePeer,
): Promise<void> {
  const mode = message.headers["lambda-runtime-function-response-mode"];
  if (mode !== undefined && mode !== "streaming") {
    message.resume();
    return refused(response, 400, "InvalidFunctionResponseMode", "Invalid function response mode");
  }
  let body: Buffer | undefined;
  try {
    body = await readBounded(message);
  } catch {
    return refused(response, 400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
  }
  const post = postOf(path, message, body);
  if (post === "unknown") return refused(response, 404, "InvalidRequest", "404 page not found");
  const verdict = peer.onPost(post);
  // The invoker comes first: what the post set off goes out before the runtime hears that it was taken.
  if (verdict.accepted) afterIo(() => answer(response, 202, { status: "OK" }));
  else refused(response, verdict.status, verdict.errorType, verdict.errorMessage);
}

/**
 * Opens the API on one address for all environments. `identify` gives a connection's environment.
 * Throws what `listen` throws.
 */
export async function createRuntimeApi(options: { host: string; port: number; clock: Clock }): Promise<RuntimeApi> {
  const peers = new Map<string, RuntimePeer>();
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (message, response) => {
    const peer = peers.get(message.socket.remoteAddress ?? "");
    const path = message.url ?? "";
    if (peer === undefined) return refused(response, 403, "Forbidden", "No execution environment has this address");
    if (message.method === "GET" && path === `${PREFIX}invocation/next`) {
      message.resume();
      peer.onNext((event) => {
        response.writeHead(200, {
          "content-type": "application/json",
          "content-length": event.body.length,
          ...event.headers,
        });
        response.end(event.body);
      });
      return;
    }
    if (message.method === "POST" && path.startsWith(PREFIX)) return void takePost(path, message, response, peer);
    message.resume();
    refused(response, 404, "InvalidRequest", "404 page not found");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    attach: (identity, peer) => void peers.set(identity, peer),
    detach: (identity) => void peers.delete(identity),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
