// The Runtime API, version 2018-06-01: what runtimes inside environments talk to. Environments are told apart by source
// address or by the port they were given.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type BodySink, type HttpHeaders, type RequestHead } from "./http-reader.ts";
import { gatherBody, type HttpAnswer, noBody, serveHttp } from "./http-connection.ts";
import type { PostVerdict, RuntimePeer, RuntimePost } from "./runtime-peer.ts";

const PREFIX = "/2018-06-01/runtime/";
/** 6 MB with AWS's 100-byte envelope. */
export const RESPONSE_BYTES_MAX = 6_291_556;

/** A port of the API. */
export interface RuntimeApiPort extends AsyncDisposable {
  readonly port: number;
}

/** The API of one worker. */
export interface RuntimeApi extends AsyncDisposable {
  /** Opens a port; throws what `listen` throws. */
  listen(host: string, port: number): Promise<RuntimeApiPort>;
  attach(identity: string, peer: RuntimePeer): void;
  detach(identity: string): void;
}

type Answer = (answer: HttpAnswer) => void;

const JSON_TYPE = { "Content-Type": "application/json" };
const TAKEN: HttpAnswer = { status: 202, headers: JSON_TYPE, body: '{"status":"OK"}\n', mayWait: true };
// What Go's HTTP server says, in which AWS's is written.
const NOT_FOUND: HttpAnswer = {
  status: 404,
  headers: { "Content-Type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
};

const TRUNCATED: PostVerdict = {
  accepted: false,
  status: 400,
  errorType: "TruncatedHTTPRequest",
  errorMessage: "HTTP request detected as truncated",
};

function answerOf(verdict: PostVerdict): HttpAnswer {
  if (verdict.accepted) return TAKEN;
  const { status, errorMessage, errorType } = verdict;
  return { status, headers: JSON_TYPE, body: JSON.stringify({ errorMessage, errorType }) };
}

/** `{id}/response` or `{id}/error`, with the headers and trailers that go with it. */
function invocationPost(
  path: string,
  head: RequestHead,
  body: Buffer | "tooLarge",
  trailers: HttpHeaders,
): RuntimePost | undefined {
  const slash = path.indexOf("/");
  const requestId = path.slice(0, slash);
  const what = path.slice(slash + 1);
  if (slash <= 0 || (what !== "response" && what !== "error")) return undefined;
  if (what === "error") return { kind: "error", requestId, body: typeof body === "string" ? Buffer.alloc(0) : body };
  const mode = head.headers["lambda-runtime-function-response-mode"];
  if (mode !== undefined && mode !== "streaming") return { kind: "invalidMode", requestId };
  if (body === "tooLarge") return { kind: "tooLarge", requestId };
  const error = trailers["lambda-runtime-function-error-body"];
  const midStreamError = error === undefined ? undefined : Buffer.from(error, "base64");
  return { kind: "response", requestId, body, isStreaming: mode === "streaming", midStreamError };
}

function postOf(
  path: string,
  head: RequestHead,
  body: Buffer | "tooLarge",
  trailers: HttpHeaders,
): RuntimePost | undefined {
  if (path.startsWith("invocation/")) return invocationPost(path.slice(11), head, body, trailers);
  const error = typeof body === "string" ? Buffer.alloc(0) : body;
  if (path === "init/error") return { kind: "initError", body: error };
  return path === "restore/error" ? { kind: "restoreError", body: error } : undefined;
}

function takePost(path: string, head: RequestHead, peer: RuntimePeer, answer: Answer): BodySink {
  return gatherBody(RESPONSE_BYTES_MAX, (body, trailers) => {
    if (body === "cut") return answer(answerOf(TRUNCATED));
    const post = postOf(path, head, body, trailers);
    const verdict = post === undefined ? "notFound" : peer.onPost(post);
    answer(verdict === "notFound" ? NOT_FOUND : answerOf(verdict));
  });
}

/** Routes one request of the environment that `peer` is. */
function route(head: RequestHead, peer: RuntimePeer | undefined, answer: Answer): BodySink {
  const path = head.path.startsWith(PREFIX) ? head.path.slice(PREFIX.length) : undefined;
  if (peer !== undefined && path !== undefined && head.method === "POST") return takePost(path, head, peer, answer);
  if (peer === undefined) {
    const errorMessage = "No execution environment has this address";
    answer(answerOf({ accepted: false, status: 403, errorType: "Forbidden", errorMessage }));
  } else if (head.method === "GET" && path === "invocation/next") {
    const verdict = peer.onNext(({ headers, body }) =>
      answer({ status: 200, headers: { "Content-Type": "application/json", ...headers }, body }),
    );
    if (!verdict.accepted) answer(answerOf(verdict));
  } else if (head.method === "GET" && path === "restore/next") {
    const verdict = peer.onRestoreNext(() => answer({ status: 200, body: "" }));
    if (verdict === "notFound") answer(NOT_FOUND);
    else if (!verdict.accepted) answer(answerOf(verdict));
  } else if (head.method === "GET" && head.path === "/2018-06-01/ping") answer({ status: 200, body: "pong" });
  else answer(NOT_FOUND);
  return noBody;
}

/** `identify` tells an environment by its connection. */
export function createRuntimeApi(identify: (socket: Socket) => string): RuntimeApi {
  const peers = new Map<string, RuntimePeer>();
  const sockets = new Map<Socket, string>();
  const servers = new Set<Server>();

  function serve(socket: Socket): void {
    const identity = identify(socket);
    sockets.set(socket, identity);
    peers.get(identity)?.onConnect();
    socket.once("close", () => sockets.delete(socket));
    serveHttp(socket, (head, answer) => route(head, peers.get(identity), answer));
  }

  async function close(server: Server): Promise<void> {
    if (!servers.delete(server)) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  return {
    async listen(host, port) {
      const server = createServer({ noDelay: true }, serve);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port, backlog: 1024 }, resolve);
      });
      servers.add(server);
      return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) };
    },
    attach: (identity, peer) => void peers.set(identity, peer),
    detach(identity) {
      peers.delete(identity);
      for (const [socket, owner] of sockets) if (owner === identity) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all([...servers].map(close));
    },
  };
}
