// What console.* becomes: events in frames or lines, as text or JSON, by level.
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestIdOf } from "../fake-runtime-api.fixtures.ts";
import { runNode } from "./node-client.fixtures.ts";

const handler = (body: string): string => `export const handler = async () => { ${body} };`;
const json = { AWS_LAMBDA_LOG_FORMAT: "JSON" };

test("each message is one frame with time, request id, level and text, whatever its lines", async () => {
  const { frames } = await runNode(
    handler("console.log('a %s', 'b', { c: 1 }); console.warn('two\\nlines'); console.trace('t');"),
  );

  const id = requestIdOf(0);
  assert.deepEqual(
    frames.map((it) => it.text.replace(/^[^\t]+/u, "TIME")),
    [`TIME\t${id}\tINFO\ta b { c: 1 }\n`, `TIME\t${id}\tWARN\ttwo\nlines\n`, `TIME\t${id}\tTRACE\tt\n`],
  );
  assert.deepEqual(
    frames.map((it) => it.type),
    [0xa55a000f, 0xa55a0013, 0xa55a0007],
  );
});

test("without a descriptor a message is one line of standard output", async () => {
  const { stdout } = await runNode(handler("console.error('two\\nlines');"), { hasTelemetry: false });

  assert.match(stdout, /^[\d:.TZ-]+\t[\w-]+\tERROR\ttwo\rlines\n$/u);
});

test("before the first invocation the request id is undefined, as on AWS", async () => {
  const { frames } = await runNode("console.info('loading'); export const handler = async () => 1;");

  assert.match(frames[0]?.text ?? "", /^[^\t]+\tundefined\tINFO\tloading\n$/u);
});

test("in JSON a sole argument is the message as it is; several are formatted", async () => {
  const { frames } = await runNode(
    handler("console.log({ a: 1 }); console.log('text'); console.log('a', { b: 1 }); console.log(1n);"),
    {
      env: json,
      events: [{ body: "{}", headers: { "Lambda-Runtime-Aws-Tenant-Id": "tenant" } }],
    },
  );

  const lines = frames.map((it) => JSON.parse(it.text) as Record<string, unknown>);
  assert.deepEqual(
    lines.map((it) => it["message"]),
    [{ a: 1 }, "text", "a { b: 1 }", "1n"],
  );
  assert.deepEqual(Object.keys(lines[0] ?? {}), ["timestamp", "level", "requestId", "tenantId", "message"]);
  assert.equal(lines[0]?.["requestId"], requestIdOf(0));
  assert.ok(frames.every((it) => it.type === 0xa55a000e && !it.text.endsWith("\n")));
});

test("in JSON an error is expanded: as the message alone, beside the message among others", async () => {
  const { frames } = await runNode(
    handler("console.error(new RangeError('far')); console.error('went', new RangeError('far'));"),
    { env: json },
  );

  const [alone, among] = frames.map((it) => JSON.parse(it.text) as Record<string, unknown>);
  const message = alone?.["message"] as { errorType: string; errorMessage: string; stackTrace: string[] };
  assert.deepEqual(
    [message.errorType, message.errorMessage, message.stackTrace[0]],
    ["RangeError", "far", "RangeError: far"],
  );
  assert.deepEqual([among?.["errorType"], among?.["errorMessage"]], ["RangeError", "far"]);
  assert.match(String(among?.["message"]), /^went RangeError: far\n/u);
});

test("levels below the function's are left out", async () => {
  const all = "for (const it of ['trace', 'debug', 'info', 'log', 'warn', 'error']) console[it](it);";
  const seen = async (AWS_LAMBDA_LOG_LEVEL: string): Promise<readonly unknown[]> =>
    (await runNode(handler(all), { env: { ...json, AWS_LAMBDA_LOG_LEVEL } })).frames.map(
      (it) => (JSON.parse(it.text) as { message: unknown }).message,
    );

  assert.deepEqual(await seen("WARN"), ["warn", "error"]);
  assert.deepEqual(await seen("DEBUG"), ["debug", "info", "log", "warn", "error"]);
  assert.deepEqual(await seen("nonsense"), ["trace", "debug", "info", "log", "warn", "error"]);
});

test("in JSON an invocation's error is one event", async () => {
  const { frames } = await runNode(handler("throw new TypeError('boom');"), { env: json });

  const line = JSON.parse(frames[0]?.text ?? "") as {
    level: string;
    message: { errorType: string; errorMessage: string };
  };
  assert.deepEqual([line.level, line.message.errorType, line.message.errorMessage], ["ERROR", "TypeError", "boom"]);
});

test("function code does not see the descriptor's variable", async () => {
  const { posts } = await runNode("export const handler = async () => process.env._LAMBDA_TELEMETRY_LOG_FD ?? 'gone';");

  assert.equal(posts[0]?.json, "gone");
});
