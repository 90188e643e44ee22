// The Runtime API over real sockets: routes, errors in AWS's form, pipelined posts, bodies over the limit.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createHttpServer } from "../http/http-server.ts";
import { RESPONSE_BYTES_MAX, routeRuntimeApi } from "./runtime-api.ts";
import type { NextEvent, RuntimePeer, RuntimePost } from "./runtime-peer.ts";

interface ApiUnderTest extends AsyncDisposable {
  readonly base: string;
  readonly port: number;
  readonly posts: RuntimePost[];
  /** What of streamed responses comes, where they are wanted as they come. */
  streamed: string[] | undefined;
  deliver: ((event: NextEvent) => void) | undefined;
}

async function anApi(): Promise<ApiUnderTest> {
  const api = createHttpServer({
    identify: (socket) => String(socket.localPort),
    onConnect: () => undefined,
    handle: (_identity, head, answer, flow) => routeRuntimeApi(head, peer, answer, flow),
  });
  const { port } = await api.listen("127.0.0.1", 0);
  const made: ApiUnderTest = {
    base: `http://127.0.0.1:${port}/2018-06-01/runtime`,
    port,
    posts: [],
    streamed: undefined,
    deliver: undefined,
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
  const peer: RuntimePeer = {
    onNext(deliver) {
      made.deliver = deliver;
      return { accepted: true };
    },
    onPost(post) {
      made.posts.push(post);
      if (post.kind !== "tooLarge") return { accepted: true };
      return { accepted: false, status: 413, errorType: "RequestEntityTooLarge", errorMessage: "too large" };
    },
    onRestoreNext: () => "notFound",
    onStream(requestId) {
      const { streamed } = made;
      if (streamed === undefined) return "gathered";
      if (requestId !== "a") return { accepted: false, status: 400, errorType: "InvalidRequestID", errorMessage: "no" };
      return {
        data: (chunk) => streamed.push(chunk.toString()),
        end: (error) => streamed.push(`end ${error?.toString() ?? ""}`),
        cut: () => streamed.push("cut"),
      };
    },
  };
  return made;
}

/** Sends raw bytes and resolves with all that comes back until `until` is in it. */
function talk(
  port: number,
  text: string,
  until: string,
  onText: (text: string) => void = () => undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      got += chunk.toString();
      onText(got);
      if (!got.includes(until)) return;
      socket.destroy();
      resolve(got);
    });
  });
}

test("a response is taken with 202, an unknown path is 404 as Go's server says it", async () => {
  await using api = await anApi();

  const taken = await fetch(`${api.base}/invocation/id-1/response`, { method: "POST", body: '{"a":1}' });
  assert.deepEqual([taken.status, await taken.json()], [202, { status: "OK" }]);
  assert.deepEqual(api.posts, [
    {
      kind: "response",
      requestId: "id-1",
      body: Buffer.from('{"a":1}'),
      isStreaming: false,
      midStreamError: undefined,
    },
  ]);
  const unknown = await fetch(`${api.base}/nothing`);
  assert.deepEqual([unknown.status, await unknown.text()], [404, "404 page not found\n"]);
  const restore = await fetch(`${api.base}/restore/next`);
  assert.equal(restore.status, 404);
});

test("a post and the next event that was asked for with it are answered in order, in one piece", async () => {
  await using api = await anApi();
  const post = "POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
  const pieces: string[] = [];

  const talking = talk(api.port, `${post}GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n`, "event!", (text) =>
    pieces.push(text),
  );
  while (api.deliver === undefined)
    await new Promise<void>((resolve) => process.nextTick(resolve)).then(() => fetch(`${api.base}/x`));
  api.deliver({ headers: { "Lambda-Runtime-Aws-Request-Id": "b" }, body: Buffer.from('"event!"') });

  assert.match(
    await talking,
    /^HTTP\/1.1 202 .*HTTP\/1.1 200 OK\r\n.*Lambda-Runtime-Aws-Request-Id: b\r\n.*"event!"$/su,
  );
  assert.equal(pieces.length, 1);
});

test("a post whose sender waits is acknowledged at once", async () => {
  await using api = await anApi();

  const answer = await talk(
    api.port,
    "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
    "OK",
  );

  assert.match(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 202 /u);
  assert.deepEqual(api.posts, [{ kind: "initError", body: Buffer.from("{}") }]);
});

test("a response over 6 MB and 100 bytes is refused with 413", async () => {
  await using api = await anApi();

  const fits = await fetch(`${api.base}/invocation/a/response`, {
    method: "POST",
    body: "x".repeat(RESPONSE_BYTES_MAX),
  });
  const over = await fetch(`${api.base}/invocation/a/response`, {
    method: "POST",
    body: "x".repeat(RESPONSE_BYTES_MAX + 1),
  });

  assert.deepEqual([fits.status, over.status], [202, 413]);
  assert.deepEqual(api.posts.at(-1), { kind: "tooLarge", requestId: "a" });
});

test("a streamed response keeps the error of its trailers; another mode is told", async () => {
  await using api = await anApi();
  const error = Buffer.from('{"errorType":"Late"}').toString("base64");
  const head =
    "POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n";

  await talk(api.port, `${head}2\r\nhi\r\n0\r\nLambda-Runtime-Function-Error-Body: ${error}\r\n\r\n`, "OK");
  await fetch(`${api.base}/invocation/b/response`, {
    method: "POST",
    body: "{}",
    headers: { "Lambda-Runtime-Function-Response-Mode": "telepathic" },
  });

  const [streamed, other] = api.posts;
  assert.ok(streamed?.kind === "response" && streamed.isStreaming);
  assert.equal(streamed.midStreamError?.toString(), '{"errorType":"Late"}');
  assert.equal(other?.kind, "invalidMode");
});

test("a streamed response that is wanted so goes on chunk by chunk, with the error of its trailers", async () => {
  await using api = await anApi();
  const streamed: string[] = [];
  api.streamed = streamed;
  const error = Buffer.from('{"errorType":"Late"}').toString("base64");
  const head = (id: string) =>
    `POST /2018-06-01/runtime/invocation/${id}/response HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n`;

  const taken = await talk(
    api.port,
    `${head("a")}2\r\nhi\r\n3\r\nyou\r\n0\r\nLambda-Runtime-Function-Error-Body: ${error}\r\n\r\n`,
    "OK",
  );
  const refused = await talk(api.port, `${head("b")}2\r\nhi\r\n0\r\n\r\n`, "InvalidRequestID");

  assert.match(taken, /^HTTP\/1.1 202 /u);
  assert.match(refused, /^HTTP\/1.1 400 /u);
  assert.deepEqual(streamed, ["hi", "you", 'end {"errorType":"Late"}']);
  assert.deepEqual(api.posts, []);
});
