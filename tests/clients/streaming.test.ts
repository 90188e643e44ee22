// Response streaming by the AWS SDK and the wire itself: chunks as they are written, errors at the end, back-pressure, 200 MB.
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "@aws-crypto/sha256-js";
import {
  CreateFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCompleteEvent,
} from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { feedSoFar } from "../feed.ts";
import { signedFetch } from "../signed-fetch.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;

const CODE = `${signedFetch}
import { writeFileSync, existsSync } from "node:fs";
let lastWritten = 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const all = {
  async chunks(event, stream) {
    stream.write("one,");
    await pause(event.pauseMs ?? 300);
    stream.write("two,");
    stream.end("three");
  },
  async late(event, stream) {
    stream.write("begun");
    await pause(50);
    throw new RangeError("too late");
  },
  async early() { throw new TypeError("at once"); },
  async exits(event, stream) {
    stream.write("begun");
    await pause(50);
    process.exit(3);
  },
  async hangs(event, stream) {
    stream.write("begun");
    await pause(60_000);
  },
  async answered(event, stream) {
    const page = async (after) => (await signedFetch("/_hearth/events?wait=10&after=" + after)).json();
    let { next } = await page(Number.MAX_SAFE_INTEGER);
    stream.write("one,");
    for (let isAnswered = false; !isAnswered; ) {
      const { events, next: after } = await page(next);
      isAnswered = events.some((it) => it.event === "InvocationEnded" && it.deploymentId.includes("/plain:"));
      next = after;
    }
    stream.end("two");
  },
  async http(event, stream) {
    const to = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "x-a": "b" } });
    to.write("body");
    to.end();
  },
  async flood(event, stream) {
    const chunk = Buffer.alloc(64 << 10, "x");
    lastWritten = 0;
    for (let left = event.bytes; left > 0; left -= chunk.length) {
      const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
      lastWritten += part.length;
      if (!stream.write(part)) await new Promise((resolve) => stream.once("drain", resolve));
    }
    stream.end();
  },
};
export const handler = awslambda.streamifyResponse((event, stream) => all[event.what](event, stream));
export const plain = async (event) => event.throws ? Promise.reject(new Error("plain")) : { got: event };
`;

before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  for (const [name, handler, timeout] of [
    ["streams", "index.handler", 120],
    ["hangs", "index.handler", 1],
    ["plain", "index.plain", 10],
  ] as const) {
    const code = { ZipFile: aZip({ "index.mjs": CODE }) };
    await hearth.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: role,
        Runtime: "nodejs26.x",
        Handler: handler,
        Timeout: timeout,
        MemorySize: 512,
        Code: code,
      }),
    );
    await active(hearth.lambda, name);
  }
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

interface Streamed {
  readonly chunks: string[];
  readonly complete: InvokeWithResponseStreamCompleteEvent | undefined;
  readonly type: string | undefined;
  readonly version: string | undefined;
}

async function stream(name: string, event: unknown, more: { LogType?: "Tail" } = {}): Promise<Streamed> {
  const output = await hearth.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName: name, Payload: JSON.stringify(event), ...more }),
  );
  const chunks: string[] = [];
  let complete: InvokeWithResponseStreamCompleteEvent | undefined;
  for await (const it of output.EventStream ?? []) {
    if (it.PayloadChunk?.Payload !== undefined) chunks.push(Buffer.from(it.PayloadChunk.Payload).toString());
    if (it.InvokeComplete !== undefined) complete = it.InvokeComplete;
  }
  return { chunks, complete, type: output.ResponseStreamContentType, version: output.ExecutedVersion };
}

test("chunks arrive as they are written: the client answers the first before there is a second", { skip }, async () => {
  const output = await hearth.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "streams", Payload: JSON.stringify({ what: "answered" }) }),
  );
  const chunks: string[] = [];
  let complete: InvokeWithResponseStreamCompleteEvent | undefined;
  for await (const it of output.EventStream ?? []) {
    if (it.PayloadChunk?.Payload !== undefined) chunks.push(Buffer.from(it.PayloadChunk.Payload).toString());
    if (it.InvokeComplete !== undefined) complete = it.InvokeComplete;
    // What waits for the whole response never gets here.
    if (chunks.length === 1 && complete === undefined)
      await hearth.lambda.send(new InvokeCommand({ FunctionName: "plain", Payload: "{}" }));
  }

  assert.deepEqual([chunks, complete], [["one,", "two"], {}]);
  const { ResponseStreamContentType: type, ExecutedVersion: version } = output;
  assert.deepEqual([type, version], ["application/vnd.amazon.eventstream", "$LATEST"]);
});

test("an error on the way is told at the end, with what came before it", { skip }, async () => {
  const late = await stream("streams", { what: "late" });
  const early = await stream("streams", { what: "early" });

  assert.deepEqual(late.chunks, ["begun"]);
  assert.equal(late.complete?.ErrorCode, "RangeError");
  assert.equal((JSON.parse(late.complete?.ErrorDetails ?? "") as { errorMessage: string }).errorMessage, "too late");
  assert.deepEqual([early.chunks, early.complete?.ErrorCode], [[], "TypeError"]);
});

test("a runtime that ends and one that takes too long are told at the end too", { skip }, async () => {
  const exits = await stream("streams", { what: "exits" });
  const hangs = await stream("hangs", { what: "hangs" });

  assert.deepEqual([exits.chunks, exits.complete?.ErrorCode], [["begun"], "Runtime.ExitError"]);
  assert.match(exits.complete?.ErrorDetails ?? "", /Runtime exited with error: exit status 3/u);
  assert.deepEqual([hangs.chunks, hangs.complete?.ErrorCode], [["begun"], "Sandbox.Timedout"]);
});

test("a handler that does not stream is one chunk; one that streams can be invoked whole", { skip }, async () => {
  const plain = await stream("plain", { a: 1 }, { LogType: "Tail" });
  const failed = await stream("plain", { throws: true });
  const whole = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "streams", Payload: JSON.stringify({ what: "chunks", pauseMs: 1 }) }),
  );
  const wholeFailed = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "streams", Payload: JSON.stringify({ what: "late" }) }),
  );

  assert.deepEqual(plain.chunks, ['{"got":{"a":1}}']);
  assert.match(Buffer.from(plain.complete?.LogResult ?? "", "base64").toString(), /^START .*\nEND .*\nREPORT /su);
  assert.deepEqual([failed.chunks, failed.complete?.ErrorCode], [[], "Error"]);
  assert.equal(Buffer.from(whole.Payload ?? []).toString(), "one,two,three");
  assert.equal(wholeFailed.FunctionError, "Unhandled");
});

test("an HTTP response's head goes first, with eight NUL bytes behind it", { skip }, async () => {
  const { chunks } = await stream("streams", { what: "http" });

  assert.equal(chunks.join(""), `{"statusCode":201,"headers":{"x-a":"b"}}${"\0".repeat(8)}body`);
});

test("what is over 200 MB is cut off and told", { skip }, async () => {
  const output = await hearth.lambda.send(
    new InvokeWithResponseStreamCommand({
      FunctionName: "streams",
      Payload: JSON.stringify({ what: "flood", bytes: 209_715_201 }),
    }),
  );
  let bytes = 0;
  let errorCode: string | undefined;
  for await (const it of output.EventStream ?? []) {
    bytes += it.PayloadChunk?.Payload?.length ?? 0;
    errorCode ??= it.InvokeComplete?.ErrorCode;
  }

  assert.deepEqual([bytes, errorCode], [209_715_200, "Function.ResponseSizeTooLarge"]);
});

test("bad input is refused before anything streams", { skip }, async () => {
  const refusal = (input: object): Promise<string> =>
    hearth.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: "streams", ...input })).then(
      () => "taken",
      (error: { name: string }) => error.name,
    );

  assert.equal(await refusal({ Payload: "{" }), "InvalidRequestContentException");
  assert.equal(await refusal({ FunctionName: "nobody" }), "ResourceNotFoundException");
  assert.equal(await refusal({ InvocationType: "Event" }), "ValidationException");
  const dry = await hearth.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "streams", InvocationType: "DryRun" }),
  );
  assert.equal(dry.StatusCode, 204);
});

/** A signed request for a stream, whose response nobody reads yet. */
async function rawStream(event: unknown): Promise<{ read(): AsyncIterable<Buffer>; destroy(): void }> {
  const url = new URL(hearth.endpoint);
  const body = JSON.stringify(event);
  const signer = new SignatureV4({
    service: "lambda",
    region: "us-east-1",
    sha256: Sha256,
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
  const signed = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname: url.hostname,
    port: Number(url.port),
    path: "/2021-11-15/functions/streams/response-streaming-invocations",
    headers: { host: url.host },
    body,
  });
  return await new Promise((resolve, reject) => {
    const sending = request(
      { host: url.hostname, port: url.port, method: "POST", path: signed.path, headers: signed.headers },
      (response) => resolve({ read: () => response, destroy: () => response.destroy() }),
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

/** How many invocations have ended so far, by the feed. */
async function ended(): Promise<number> {
  return (await feedSoFar(hearth)).filter((it) => it.event === "InvocationEnded").length;
}

test("a client that does not read holds its function back, and one that goes lets it run on", { skip }, async () => {
  const slow = await rawStream({ what: "flood", bytes: 64 << 20 });
  const before = await ended();
  // Meanwhile others are served: nothing of the stream stands in anybody's way.
  const other = await stream("plain", { b: 2 });
  const meanwhile = (await ended()) - before;
  let bytes = 0;
  for await (const chunk of slow.read()) bytes += chunk.length;
  const gone = await rawStream({ what: "flood", bytes: 64 << 20 });
  gone.destroy();

  assert.deepEqual(other.chunks, ['{"got":{"b":2}}']);
  assert.equal(meanwhile, 1, "only the other one has ended");
  assert.ok(bytes > 64 << 20);
  // Its environment comes free again, and serves the next.
  const next = await stream("streams", { what: "chunks", pauseMs: 1 });
  assert.equal(next.chunks.join(""), "one,two,three");
});
