// Requests over the wire in every shape that clients and networks give them: TLS, chunks, compression, cuts, wrong types.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Answer, aGateway, type Asked, type RunningGateway, signed } from "./a-gateway.ts";

let gateway: RunningGateway;
before(async () => {
  gateway = await aGateway("local");
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
});

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/u;
const keys = { accessKeyId: "111122223333", secretAccessKey: "any" };
const ask = async (asked: Asked, service = "lambda"): Promise<Answer> =>
  await gateway.ask(await signed(asked, keys, { service }));
const json = ({ body }: Answer): Readonly<Record<string, unknown>> => JSON.parse(body) as Record<string, unknown>;

test("HTTP and TLS share the port, and the endpoint that an operation sees is the client's", async () => {
  const plain = await ask({ path: "/2015-03-31/functions/f" });
  const secure = await ask({ path: "/2015-03-31/functions/f", isSecure: true });

  const locationIn = (answer: Answer): unknown => (json(answer)["Code"] as { Location?: string }).Location;
  assert.equal(locationIn(plain), "http://localhost");
  assert.equal(locationIn(secure), "https://localhost");
});

test("a client that does not trust the authority gets no connection", async () => {
  const untrusted = await fetch(`https://localhost:${gateway.port}/`).then(
    () => "connected",
    (error: unknown) => String((error as Error).cause),
  );

  assert.match(untrusted, /self-signed|unable to verify|UNABLE_TO_VERIFY/iu);
});

test("an ARN as a percent-encoded label arrives whole", async () => {
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:f:prod";

  const answer = await ask({ path: `/2015-03-31/functions/${encodeURIComponent(arn)}` });

  assert.equal((json(answer)["Configuration"] as { FunctionName?: string }).FunctionName, arn);
  assert.equal((await ask({ path: "/2015-03-31/functions/%zz" })).status, 400);
});

test("every answer carries a request id of its own, errors too", async () => {
  const answers = [
    await ask({ path: "/2015-03-31/functions/f" }),
    await ask({ path: "/nowhere" }),
    await gateway.ask({ path: "/2015-03-31/functions/f" }),
    await ask({ path: "/2015-03-31/functions/f/policy" }),
    await ask({ method: "DELETE", path: "/2015-03-31/functions/f" }),
  ];

  assert.deepEqual(
    answers.map((it) => it.status),
    [200, 404, 403, 500, 204],
  );
  const ids = answers.map((it) => String(it.headers["x-amzn-requestid"]));
  for (const id of ids) assert.match(id, UUID);
  assert.equal(new Set(ids).size, ids.length);
  assert.match(
    await gateway.raw("this is no HTTP\r\n\r\n"),
    /^HTTP\/1\.1 400 Bad Request\r\nx-amzn-RequestId: [0-9a-f-]{36}\r\n/u,
  );
});

test("what breaks inside is answered with 500 and nothing of it", async () => {
  const answer = await ask({ path: "/2015-03-31/functions/f/policy" });

  assert.equal(answer.headers["x-amzn-errortype"], "ServiceException");
  assert.deepEqual(json(answer), {
    Type: "Server",
    Message: "An error occurred and the request cannot be processed.",
  });
  assert.ok(gateway.faults.some((it) => it.includes("something inside broke")));
});

test("what is not carried out is unknown, in the form of each protocol", async () => {
  const rest = await ask({ path: "/2015-03-31/functions/f/no-such-thing" });
  assert.deepEqual([rest.status, rest.headers["x-amzn-errortype"]], [404, "UnknownOperationException"]);
  const target = await ask({ method: "POST", headers: { "x-amz-target": "Logs_20140328.Dance" }, body: "{}" }, "logs");
  assert.equal(target.status, 400);
  assert.deepEqual(json(target), { __type: "UnknownOperationException" });
  const action = await ask(
    {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=Dance&Version=2011-06-15",
    },
    "sts",
  );
  assert.equal(action.status, 400);
  assert.match(
    action.body,
    /<Code>InvalidAction<\/Code><Message>Could not find operation Dance for version 2011-06-15</u,
  );
});

test("HEAD and OPTIONS have no operation; HEAD's answer has no body", async () => {
  const head = await ask({ method: "HEAD", path: "/2015-03-31/functions/f" });

  assert.deepEqual([head.status, head.body], [404, ""]);
  assert.equal((await ask({ method: "OPTIONS", path: "/2015-03-31/functions/f" })).status, 404);
});

test("a body that is not JSON or has a wrong type in it is a SerializationException", async () => {
  const create = (body: string): Promise<Answer> => ask({ method: "POST", path: "/2015-03-31/functions", body });

  for (const body of [
    "{",
    "[]",
    '"text"',
    "null",
    '{"Timeout":"soon"}',
    '{"Timeout":{}}',
    '{"Environment":"x"}',
    '{"Environment":{"Variables":[]}}',
    '{"Layers":"x"}',
    '{"Publish":1}',
    '{"Description":{}}',
    '{"Code":{"ZipFile":"not base64!"}}',
    '{"Code":{"ZipFile":7}}',
  ]) {
    const answer = await create(body);
    assert.deepEqual([answer.status, answer.headers["x-amzn-errortype"]], [400, "SerializationException"], body);
  }
  assert.deepEqual(json(await create('{"Description":{}}')), {
    Type: "User",
    Message: "START_OBJECT can not be converted to a String",
  });
});

test("members that no shape names are no matter, however deep they go", async () => {
  const body = `{"FunctionName":"f","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;

  assert.equal((await ask({ method: "POST", path: "/2015-03-31/functions", body })).status, 201);
});

test("a chunked body is the same as one with its length", async () => {
  const path = "/2015-03-31/functions/f/invocations";
  const { headers } = await signed({ method: "POST", path, body: '{"a":1}' }, keys);
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);

  const answer = await gateway.raw(
    `POST ${path} HTTP/1.1\r\n${lines.join("")}transfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
    '3\r\n{"a\r\n',
    '4;x=y\r\n":1}\r\n',
    "0\r\n\r\n",
  );

  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/u);
  assert.match(answer, /\r\n\r\n\{"a":1\}$/u);
});

test("a client that waits to be told to go on is told", async () => {
  const path = "/2015-03-31/functions/f/invocations";
  const { headers } = await signed({ method: "POST", path, body: "{}" }, keys);
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);

  const answer = await gateway.raw(
    `POST ${path} HTTP/1.1\r\n${lines.join("")}expect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n`,
    "{}",
  );

  assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/u);
});

test("a body that is cut short reaches no operation", async () => {
  const path = "/2015-03-31/functions/f/invocations";
  const { headers } = await signed({ method: "POST", path, body: "{}" }, keys);
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);

  const answer = await gateway.raw(`POST ${path} HTTP/1.1\r\n${lines.join("")}content-length: 20\r\n\r\n{}`);

  assert.doesNotMatch(answer, / 200 /u);
});

test("a compressed body of CloudWatch Logs is unpacked, and one that is not what it says is refused", async () => {
  const headers = { "x-amz-target": "Logs_20140328.PutLogEvents", "content-encoding": "gzip" };
  const body = gzipSync('{"logEvents":[{"timestamp":1,"message":"hello"}]}');

  const answer = await ask({ method: "POST", headers, body }, "logs");
  assert.equal(json(answer)["nextSequenceToken"], '[{"timestamp":1,"message":"hello"}]');
  const broken = await ask({ method: "POST", headers, body: "{}" }, "logs");
  assert.equal(json(broken)["__type"], "SerializationException");
  const bomb = await ask({ method: "POST", headers, body: gzipSync(Buffer.alloc(32 << 20)) }, "logs");
  assert.equal(json(bomb)["__type"], "SerializationException");
});

test("a body over the bound is refused in the name of its operation", async () => {
  const body = Buffer.alloc(70_167_212, 0x20);

  for (const [method, path, operation] of [
    ["POST", "/2015-03-31/functions", "CreateFunction"],
    ["PUT", "/2015-03-31/functions/f/code", "UpdateFunctionCode"],
  ] as const) {
    const answer = await gateway.ask({ method, path, body });
    assert.deepEqual([answer.status, answer.headers["x-amzn-errortype"]], [413, "RequestEntityTooLargeException"]);
    assert.equal(json(answer)["message"], `Request must be smaller than 70167211 bytes for the ${operation} operation`);
  }
});
