// The Runtime API, version 2018-06-01: what runtimes inside environments talk to.
import { type BodyFlow, gatherBody, type HttpAnswer, noBody, NOT_FOUND } from "../http/http-connection.ts";
import { answerOfRefusal, JSON_TYPE, type Refusal } from "../http/refusal.ts";
import type { BodySink, HttpHeaders, RequestHead } from "../http/http-reader.ts";
import type { PostVerdict, ResponseStream, RuntimePeer, RuntimePost } from "./runtime-peer.ts";

/** Where the API's paths begin. */
export const RUNTIME_API = "/2018-06-01/runtime/";
/** 6 MB with AWS's 100-byte envelope. */
export const RESPONSE_BYTES_MAX = 6_291_556;

type Answer = (answer: HttpAnswer) => void;

const TAKEN: HttpAnswer = { status: 202, headers: JSON_TYPE, body: '{"status":"OK"}\n', mayWait: true };
const TRUNCATED: Refusal = {
  accepted: false,
  status: 400,
  errorType: "TruncatedHTTPRequest",
  errorMessage: "HTTP request detected as truncated",
};

function answerOf(verdict: PostVerdict): HttpAnswer {
  return verdict.accepted ? TAKEN : answerOfRefusal(verdict);
}

/** What a runtime says of a failure under way, behind its response. */
function errorIn(trailers: HttpHeaders): Buffer | undefined {
  const error = trailers["lambda-runtime-function-error-body"];
  return error === undefined ? undefined : Buffer.from(error, "base64");
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
  return { kind: "response", requestId, body, isStreaming: mode === "streaming", midStreamError: errorIn(trailers) };
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

function passOn(stream: ResponseStream, answer: Answer): BodySink {
  return {
    data: (chunk) => stream.data(chunk),
    end(trailers) {
      stream.end(errorIn(trailers));
      answer(TAKEN);
    },
    cut() {
      stream.cut();
      answer(answerOf(TRUNCATED));
    },
  };
}

const STREAMED = /^invocation\/([^/]{1,64})\/response$/u;

/** A response that its runtime streams, where the invocation's client wants it so; undefined for any other post. */
function takeStream(
  path: string,
  head: RequestHead,
  peer: RuntimePeer,
  answer: Answer,
  flow: BodyFlow,
): BodySink | undefined {
  if (head.headers["lambda-runtime-function-response-mode"] !== "streaming") return undefined;
  const requestId = STREAMED.exec(path)?.[1];
  const stream = requestId === undefined ? "gathered" : peer.onStream(requestId, flow);
  if (stream === "gathered") return undefined;
  if ("data" in stream) return passOn(stream, answer);
  answer(answerOf(stream));
  return noBody;
}

/** Takes one request of the environment that `peer` is. */
export function routeRuntimeApi(head: RequestHead, peer: RuntimePeer, answer: Answer, flow: BodyFlow): BodySink {
  const path = head.path.startsWith(RUNTIME_API) ? head.path.slice(RUNTIME_API.length) : undefined;
  if (path !== undefined && head.method === "POST")
    return takeStream(path, head, peer, answer, flow) ?? takePost(path, head, peer, answer);
  if (head.method === "GET" && path === "invocation/next") {
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
