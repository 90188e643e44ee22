// What people build functions with, unmodified from its registries: middy, Powertools for TypeScript and for Python, Hono and
// serverless-http, and AWS's Lambda Web Adapter as an extension out of a layer, with a web server behind it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InvokeCommand, InvokeWithResponseStreamCommand, type Runtime } from "@aws-sdk/client-lambda";
import { sampleEvent } from "../../src/cli/sample-events.ts";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { frameworkFile, frameworkFiles, whyNoFrameworks } from "../frameworks.ts";
import { create, type Files, publish } from "./a-function.ts";

async function anyPython(): Promise<string | undefined> {
  for (const version of ["3.14", "3.13", "3.12", "3.11", "3.10"])
    if ((await findPython(version)) !== undefined) return version;
  return undefined;
}

const reason = await whyNoSandboxes();
const python = await anyPython();
const noNode = reason ?? whyNoFrameworks("node-frameworks") ?? false;
const lacking = python === undefined ? "this machine has no Python 3.10 to 3.14" : undefined;
const noPython = reason ?? lacking ?? whyNoFrameworks("python-frameworks") ?? false;
const noAdapter = reason ?? whyNoFrameworks("web-adapter") ?? false;

let hearth: RunningHearth;
let modules: Files = {};
before(async () => {
  if (noNode === false) modules = frameworkFiles("node-frameworks", "node_modules");
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

interface Answer {
  readonly json: unknown;
  readonly error: string | undefined;
  readonly log: string;
}

/** Invokes with an event as text. */
async function invoke(FunctionName: string, Payload: string): Promise<Answer> {
  const output = await hearth.lambda.send(new InvokeCommand({ FunctionName, LogType: "Tail", Payload }));
  const log = Buffer.from(output.LogResult ?? "", "base64").toString();
  const text = Buffer.from(output.Payload ?? []).toString();
  return { json: JSON.parse(text) as unknown, error: output.FunctionError, log };
}

/** The lines of a log that are JSON. */
function jsonLines(log: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = log.split("\n").map((it) => it.slice(Math.max(0, it.indexOf("{"))));
  return lines.filter((it) => it.startsWith("{")).map((it) => JSON.parse(it) as Record<string, unknown>);
}

test("middy's middlewares run before, after and on errors", { skip: noNode }, async () => {
  const code = `
import middy from "@middy/core";
const steps = [];
export const handler = middy()
  .use({
    before: () => { steps.push("before"); },
    after: (request) => { request.response.steps = [...steps, "after"]; },
    onError: (request) => { request.response = { caught: request.error.message }; },
  })
  .handler(async (event, context) => {
    if (event.fail) throw new Error("boom");
    return { id: context.awsRequestId.length };
  });
`;
  await create(hearth.lambda, "middy", { files: { ...modules, "index.mjs": code } });

  const right = await invoke("middy", "{}");
  const failed = await invoke("middy", '{"fail":true}');

  assert.deepEqual(right.json, { id: 36, steps: ["before", "after"] });
  assert.deepEqual([failed.json, failed.error], [{ caught: "boom" }, undefined]);
});

test("Powertools for TypeScript logs with the invocation's context and counts metrics", { skip: noNode }, async () => {
  const code = `
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
const logger = new Logger({ serviceName: "orders" });
const metrics = new Metrics({ namespace: "shop", serviceName: "orders" });
export const handler = async (event, context) => {
  logger.addContext(context);
  logger.info("taken", { order: event.order });
  metrics.captureColdStartMetric();
  metrics.addMetric("taken", MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return context.awsRequestId;
};
`;
  await create(hearth.lambda, "powertools-ts", { files: { ...modules, "index.mjs": code } });

  const first = await invoke("powertools-ts", '{"order":42}');
  const second = await invoke("powertools-ts", '{"order":43}');

  const [line] = jsonLines(first.log).filter((it) => it["message"] === "taken");
  const { level, service, order, cold_start, function_name, function_request_id } = line ?? {};
  assert.deepEqual(
    { level, service, order, cold_start, function_name, function_request_id },
    {
      level: "INFO",
      service: "orders",
      order: 42,
      cold_start: true,
      function_name: "powertools-ts",
      function_request_id: first.json,
    },
  );
  const metrics = jsonLines(first.log).filter((it) => "_aws" in it);
  assert.deepEqual(
    metrics.map((it) => [it["service"], it["ColdStart"] ?? it["taken"]]),
    [
      ["orders", 1],
      ["orders", 1],
    ],
  );
  assert.equal(jsonLines(second.log).find((it) => it["message"] === "taken")?.["cold_start"], false);
});

const HONO = `
import { Hono } from "hono";
import { handle, streamHandle } from "hono/aws-lambda";
import { stream } from "hono/streaming";
const app = new Hono();
app.post("/orders/:id", async (c) => {
  const { order } = await c.req.json();
  c.header("set-cookie", "seen=1");
  return c.json({ id: c.req.param("id"), order, pages: c.req.queries("page") }, 201);
});
app.get("/parts", (c) => stream(c, async (to) => { for (const part of ["a", "b", "c"]) await to.write(part); }));
export const handler = handle(app);
export const streaming = streamHandle(app);
`;

test("Hono answers API Gateway's event, and the sample event is one", { skip: noNode }, async () => {
  await create(hearth.lambda, "hono", { files: { ...modules, "index.mjs": HONO } });

  const { json } = await invoke("hono", sampleEvent("api-gateway-http"));

  const { statusCode, body, headers, cookies } = json as Record<string, unknown>;
  assert.deepEqual([statusCode, JSON.parse(body as string)], [201, { id: "42", order: 42, pages: ["1", "2"] }]);
  assert.match((headers as Record<string, string>)["content-type"] ?? "", /^application\/json/u);
  assert.deepEqual(cookies, ["seen=1"]);
});

test("Hono streams its response", { skip: noNode }, async () => {
  await create(hearth.lambda, "hono-stream", {
    Handler: "index.streaming",
    files: { ...modules, "index.mjs": HONO },
  });
  const event = JSON.parse(sampleEvent("function-url")) as { requestContext: { http: object } };
  const http = { ...event.requestContext.http, method: "GET", path: "/parts" };
  const { requestContext } = event;
  // Requests of that method have no body.
  const asked = { ...event, rawPath: "/parts", body: undefined, requestContext: { ...requestContext, http } };

  const { EventStream } = await hearth.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "hono-stream", Payload: JSON.stringify(asked) }),
  );

  const parts: Uint8Array[] = [];
  for await (const { PayloadChunk } of EventStream ?? []) parts.push(PayloadChunk?.Payload ?? new Uint8Array());
  const [prelude = "", body] = Buffer.concat(parts).toString().split("\0".repeat(8));
  assert.deepEqual([(JSON.parse(prelude) as { statusCode: number }).statusCode, body], [200, "abc"]);
});

test("serverless-http gives a plain Node.js server the event as a request", { skip: noNode }, async () => {
  const code = `
const serverless = require("serverless-http");
exports.handler = serverless((request, response) => {
  response.setHeader("content-type", "text/plain");
  response.end(request.method + " " + request.url + " " + request.body);
});
`;
  await create(hearth.lambda, "serverless-http", { files: { ...modules, "index.js": code } });

  const { json } = await invoke("serverless-http", sampleEvent("api-gateway-http"));

  const { statusCode, body } = json as Record<string, unknown>;
  assert.deepEqual([statusCode, body], [200, 'POST /orders/42?page=1&page=2 {"order": 42}']);
});

test("Powertools for Python routes API Gateway's event, logs and counts", { skip: noPython }, async () => {
  const code = `
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="orders")
metrics = Metrics(namespace="shop", service="orders")
app = APIGatewayHttpResolver()

@app.post("/orders/<id>")
def take(id):
    logger.info("taken", order=app.current_event.json_body["order"])
    metrics.add_metric(name="taken", unit=MetricUnit.Count, value=1)
    return {"id": id, "page": app.current_event.query_string_parameters["page"]}

@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    return app.resolve(event, context)
`;
  await create(hearth.lambda, "powertools-py", {
    Runtime: `python${python}` as Runtime,
    Handler: "app.handler",
    files: { ...frameworkFiles("python-frameworks", "."), "app.py": code },
  });

  const { json, log } = await invoke("powertools-py", sampleEvent("api-gateway-http"));

  const { statusCode, body } = json as Record<string, unknown>;
  assert.deepEqual([statusCode, JSON.parse(String(body))], [200, { id: "42", page: "1,2" }], log);
  const line = jsonLines(log).find((it) => it["message"] === "taken");
  assert.deepEqual(
    [line?.["order"], line?.["service"], line?.["cold_start"], line?.["function_name"]],
    [42, "orders", true, "powertools-py"],
  );
  assert.deepEqual(jsonLines(log).filter((it) => "_aws" in it).length, 2);
});

test("AWS's Lambda Web Adapter, an extension out of a layer, brings events to a web server", {
  skip: noAdapter,
}, async () => {
  const layer = await publish(hearth.lambda, "web-adapter", {
    "extensions/lambda-adapter": frameworkFile("web-adapter", "bin/lambda-adapter"),
    // As in the adapter's own layer: the function's program takes the runtime's place.
    "bin/start": '#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/$_HANDLER"\n',
  });
  const server = `
import { createServer } from "node:http";
let requests = 0;
createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  if (request.url !== "/ready") requests += 1;
  if (request.url.startsWith("/orders")) console.log("served", request.url);
  response.setHeader("content-type", "application/json");
  response.statusCode = request.url.startsWith("/orders") ? 201 : 200;
  response.end(JSON.stringify({ method: request.method, url: request.url, body, requests }));
}).listen(Number(process.env.AWS_LWA_PORT));
`;
  await create(hearth.lambda, "web-server", {
    Handler: "bin/serve",
    Layers: [layer],
    Environment: {
      Variables: {
        AWS_LAMBDA_EXEC_WRAPPER: "/opt/bin/start",
        AWS_LWA_PORT: "8080",
        AWS_LWA_READINESS_CHECK_PATH: "/ready",
      },
    },
    files: { "bin/serve": "#!/bin/sh\nexec node server.mjs\n", "server.mjs": server },
  });

  const first = await invoke("web-server", sampleEvent("api-gateway-http"));
  const second = await invoke("web-server", sampleEvent("api-gateway-rest"));

  const [one, two] = [first, second].map(({ json }) => json as { statusCode: number; body: string });
  assert.equal(one?.statusCode, 201, JSON.stringify(first));
  const asked = { method: "POST", url: "/orders/42?page=1&page=2", body: '{"order": 42}', requests: 1 };
  assert.deepEqual(JSON.parse(one?.body ?? ""), asked);
  assert.match(first.log, /^served \/orders\/42\?page=1&page=2$/mu);
  assert.equal((JSON.parse(two?.body ?? "") as { requests: number }).requests, 2);
});
