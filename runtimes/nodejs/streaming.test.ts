// Handlers that stream their response: what goes over the wire, and what becomes of errors on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Post } from "../fake-runtime-api.fixtures.ts";
import { legacy, newest, runNode } from "./node-client.fixtures.ts";

for (const [name, on] of [
  ["Node 26", newest],
  ["Node 22", legacy],
] as const) {
  const { skip } = on;
  const streamed = async (body: string, arguments_ = "event, stream, context"): Promise<readonly Post[]> =>
    (await runNode(`export const handler = awslambda.streamifyResponse(async (${arguments_}) => { ${body} });`, { on }))
      .posts;

  test(`${name}: what is written arrives, in the streaming mode`, { skip }, async () => {
    const [post] = await streamed(
      "stream.write('a'); stream.write(Buffer.from('b')); stream.write({ c: 1 }); stream.end('d');",
    );

    assert.equal(post?.text, 'ab{"c":1}d');
    assert.equal(post?.headers["lambda-runtime-function-response-mode"], "streaming");
    assert.equal(post?.headers["transfer-encoding"], "chunked");
    assert.equal(post?.headers["content-type"], "application/octet-stream");
    assert.deepEqual(post?.trailers, {});
  });

  test(`${name}: the stream works in a pipeline and takes a content type before its first byte`, { skip }, async () => {
    const [post] = await streamed(
      "stream.setContentType('text/csv'); const { pipeline } = await import('node:stream/promises'); const { Readable } = await import('node:stream'); await pipeline(Readable.from(['x', 'y']), stream);",
    );

    assert.deepEqual([post?.text, post?.headers["content-type"]], ["xy", "text/csv"]);
  });

  test(`${name}: HttpResponseStream sends status and headers, eight zeros, and the body`, { skip }, async () => {
    const prelude = "stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } });";
    const expected = '{"statusCode":201,"headers":{"a":"b"}}\0\0\0\0\0\0\0\0';

    const [written] = await streamed(`${prelude} stream.write('body'); stream.end();`);
    const [ended] = await streamed(`${prelude} stream.end('body');`);
    const [empty] = await streamed(`${prelude} stream.end();`);

    assert.equal(written?.text, `${expected}body`);
    assert.equal(written?.headers["content-type"], "application/vnd.awslambda.http-integration-response");
    assert.equal(ended?.text, `${expected}body`);
    assert.equal(empty?.text, expected);
  });

  test(`${name}: an error goes into the trailers, before the first byte and after it`, { skip }, async () => {
    for (const before of ["", "stream.write('begun');"]) {
      const [post] = await streamed(`${before} throw new TypeError('broke');`);

      assert.equal(post?.kind, "response");
      assert.equal(post?.text, before === "" ? "" : "begun");
      assert.equal(post?.trailers["lambda-runtime-function-error-type"], "TypeError");
      const body = Buffer.from(String(post?.trailers["lambda-runtime-function-error-body"]), "base64").toString();
      const { errorType, errorMessage } = JSON.parse(body) as Record<string, string>;
      assert.deepEqual([errorType, errorMessage], ["TypeError", "broke"]);
    }
  });

  test(`${name}: a content type after the first byte is an invalid operation`, { skip }, async () => {
    const [post] = await streamed("stream.write('x'); stream.setContentType('text/html');");

    assert.equal(post?.trailers["lambda-runtime-function-error-type"], "Runtime.InvalidStreamingOperation");
  });

  test(`${name}: the next invocation comes after a stream as after any answer`, { skip }, async () => {
    const { posts } = await runNode(
      "let n = 0; export const handler = awslambda.streamifyResponse(async (e, stream) => { stream.end(String(++n)); });",
      { on, events: [{ body: "{}" }, { body: "{}" }] },
    );

    assert.deepEqual(
      posts.map((it) => it.text),
      ["1", "2"],
    );
  });
}

test("a stream that is destroyed is an error of the function", async () => {
  const { posts } = await runNode(
    "export const handler = awslambda.streamifyResponse(async (e, stream) => { stream.destroy(new RangeError('cut')); });",
  );

  const last = posts.at(-1);
  assert.ok(last?.kind === "error");
  assert.equal((last.json as { errorMessage: string }).errorMessage, "cut");
});

test("a streaming handler that is not async is refused by the invocation", async () => {
  const { posts } = await runNode(
    "export const handler = awslambda.streamifyResponse((e, stream) => { stream.write('x'); });",
  );
  const body = Buffer.from(String(posts[0]?.trailers["lambda-runtime-function-error-body"]), "base64").toString();

  assert.equal(
    (JSON.parse(body) as { errorMessage: string }).errorMessage,
    "Streaming does not support non-async handlers.",
  );
});

test("a returned value is ignored with a warning", async () => {
  const { frames, posts } = await runNode(
    "export const handler = awslambda.streamifyResponse(async (e, stream) => { stream.end('x'); return 1; });",
  );

  assert.equal(posts[0]?.text, "x");
  assert.match(frames[0]?.text ?? "", /\tWARN\tStreaming handlers ignore return values\.\n$/u);
});

test("the global can be switched off, and a mark of another kind is malformed", async () => {
  const off = await runNode("export const handler = async () => typeof awslambda;", {
    env: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: "1" },
  });
  const other = await runNode(
    "export const handler = async () => 1; handler[Symbol.for('aws.lambda.runtime.handler.streaming')] = 'request';",
  );

  assert.equal(off.posts[0]?.json, "undefined");
  const [post] = other.posts;
  assert.ok(post?.kind === "initError");
  assert.equal((post.json as { errorType: string }).errorType, "Runtime.MalformedStreamingHandler");
});
