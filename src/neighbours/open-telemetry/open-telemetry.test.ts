// The exporter against a server of its own, which checks the documents as a collector would.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { test } from "node:test";
import { anEndedInvocation, aThrottledInvocation } from "../../feed/feed.fixtures.ts";
import { createVirtualClock } from "../../foundation/clock.ts";
import { createDeferred } from "../../foundation/deferred.ts";
import type { Family } from "../../model/metric-family.ts";
import { createOpenTelemetry, WAITING_MAX } from "./open-telemetry.ts";

const START_MS = Date.UTC(2026, 0, 1);
const segments = {
  traceId: "1-5759e988-bd862e3fe1be46a994272793",
  callerId: "00000000000000ff",
  serviceId: "0000000000000001",
  functionId: "0000000000000002",
};

interface Posted {
  readonly path: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A collector; `answer` says what it does with a request. */
async function aCollector(answer: (response: ServerResponse) => void = (response) => void response.end("{}")) {
  const posted: Posted[] = [];
  let next = createDeferred<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      assert.equal(request.headers["content-type"], "application/json");
      const document = JSON.parse(Buffer.concat(chunks).toString()) as Posted["document"];
      posted.push({ path: `${request.method} ${request.url}`, document });
      next.resolve();
      answer(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    posted,
    endpoint: `http://127.0.0.1:${port}`,
    /** Resolves with the next request. */
    async comes(): Promise<void> {
      await next.promise;
      next = createDeferred();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function anExporter(endpoint: string, families: () => readonly Family[] = () => []) {
  const clock = createVirtualClock(START_MS);
  const faults: unknown[] = [];
  const exporter = createOpenTelemetry({ clock, endpoint, families, onFault: (error) => faults.push(error) });
  return { clock, exporter, faults };
}

const timing = { startedAtMs: START_MS + 300, durationMs: 50, initMs: 200 };
const aTraced = { atMs: START_MS + 400, tookMs: 400, isCold: true, timing, segments };

test("spans of a sampled invocation are sent after five seconds, under X-Ray's ids", async () => {
  await using collector = await aCollector();
  const { clock, exporter } = anExporter(collector.endpoint);
  exporter.take(anEndedInvocation({ ...aTraced, functionError: "Unhandled", errorType: "TypeError" }));
  exporter.take(anEndedInvocation({ atMs: START_MS }));
  clock.advance(5_000);
  await collector.comes();

  const [{ path, document } = { path: "", document: {} }] = collector.posted;
  assert.equal(path, "POST /v1/traces");
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const at = (ms: number): string => `${START_MS + ms}000000`;
  const traceId = "5759e988bd862e3fe1be46a994272793";
  const error = { code: 2, message: "TypeError" };
  assert.partialDeepStrictEqual(document, {
    resourceSpans: [
      {
        resource: { attributes: [text("service.name", "f"), text("cloud.provider", "aws")] },
        scopeSpans: [
          {
            scope: { name: "hearth" },
            spans: [
              {
                traceId,
                spanId: segments.serviceId,
                parentSpanId: segments.callerId,
                name: "f",
                kind: 2,
                startTimeUnixNano: at(0),
                endTimeUnixNano: at(400),
                status: error,
              },
              { traceId, spanId: segments.functionId, parentSpanId: segments.serviceId, kind: 1, status: error },
              {
                name: "Initialization",
                parentSpanId: segments.functionId,
                startTimeUnixNano: at(100),
                endTimeUnixNano: at(300),
                status: {},
              },
              { name: "Invocation", startTimeUnixNano: at(300), endTimeUnixNano: at(350), status: error },
              { name: "Overhead", startTimeUnixNano: at(350), endTimeUnixNano: at(400), status: {} },
            ],
          },
        ],
      },
    ],
  });
  exporter[Symbol.dispose]();
});

test("a throttle is one span with its reason", async () => {
  await using collector = await aCollector();
  const { exporter } = anExporter(collector.endpoint);
  exporter.take(aThrottledInvocation({ atMs: START_MS, segments }));
  await exporter.flush();

  const sent = JSON.stringify(collector.posted[0]?.document);
  assert.equal(sent.match(/"spanId"/gu)?.length, 1);
  assert.match(sent, /"status":\{"code":2,"message":"ConcurrentInvocationLimitExceeded"\}/u);
  exporter[Symbol.dispose]();
});

test("metrics are sent every minute: sums, gauges and histograms with their buckets", async () => {
  await using collector = await aCollector();
  const { clock, exporter } = anExporter(collector.endpoint, () => [
    { name: "hearth_calls_total", type: "counter", help: "Calls.", samples: [{ labels: { function: "f" }, value: 3 }] },
    { name: "hearth_memory_bytes", type: "gauge", help: "Memory.", samples: [{ labels: {}, value: 1.5 }] },
    {
      name: "hearth_wait_seconds",
      type: "histogram",
      help: "Waits.",
      samples: [{ labels: {}, bounds: [0.1, 1], counts: [2, 0, 1], sum: 5 }],
    },
    { name: "hearth_none_total", type: "counter", help: "None.", samples: [] },
  ]);
  clock.advance(60_000);
  await collector.comes();

  const times = { startTimeUnixNano: `${START_MS}000000`, timeUnixNano: `${START_MS + 60_000}000000` };
  assert.equal(collector.posted[0]?.path, "POST /v1/metrics");
  assert.deepEqual(collector.posted[0].document, {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "hearth" } }] },
        scopeMetrics: [
          {
            scope: { name: "hearth" },
            metrics: [
              {
                name: "hearth_calls_total",
                description: "Calls.",
                unit: "1",
                sum: {
                  dataPoints: [
                    { attributes: [{ key: "function", value: { stringValue: "f" } }], ...times, asDouble: 3 },
                  ],
                  aggregationTemporality: 2,
                  isMonotonic: true,
                },
              },
              {
                name: "hearth_memory_bytes",
                description: "Memory.",
                unit: "By",
                gauge: { dataPoints: [{ attributes: [], ...times, asDouble: 1.5 }] },
              },
              {
                name: "hearth_wait_seconds",
                description: "Waits.",
                unit: "s",
                histogram: {
                  dataPoints: [
                    {
                      attributes: [],
                      ...times,
                      count: "3",
                      sum: 5,
                      bucketCounts: ["2", "0", "1"],
                      explicitBounds: [0.1, 1],
                    },
                  ],
                  aggregationTemporality: 2,
                },
              },
            ],
          },
        ],
      },
    ],
  });
  exporter[Symbol.dispose]();
});

test("a collector that hangs holds nothing up: what is over the bound is dropped and counted", async () => {
  await using collector = await aCollector(() => undefined);
  const { clock, exporter } = anExporter(collector.endpoint);
  exporter.take(anEndedInvocation(aTraced));
  clock.advance(5_000);
  await collector.comes();
  for (let i = 0; i < WAITING_MAX + 10; i++) exporter.take(anEndedInvocation(aTraced));

  assert.deepEqual(exporter.family().samples, [{ labels: {}, value: 10 }]);
  exporter[Symbol.dispose]();
});

test("a collector that refuses, or is not there, is told of once; what it did not take is counted", async () => {
  await using collector = await aCollector((response) => void response.writeHead(503).end());
  const { exporter, faults } = anExporter(collector.endpoint);
  for (let i = 0; i < 3; i++) {
    exporter.take(anEndedInvocation(aTraced));
    await exporter.flush();
  }
  assert.equal(faults.length, 1);
  assert.deepEqual(exporter.family().samples, [{ labels: {}, value: 3 }]);
  exporter[Symbol.dispose]();

  const gone = anExporter("http://127.0.0.1:1");
  gone.exporter.take(anEndedInvocation(aTraced));
  await gone.exporter.flush();
  assert.match(String(gone.faults[0]), /can't send to http:\/\/127\.0\.0\.1:1 \(OTLP\)/u);
  gone.exporter[Symbol.dispose]();
});

test("many invocations go in several requests, one function's spans together", async () => {
  await using collector = await aCollector();
  const { exporter } = anExporter(collector.endpoint);
  for (let i = 0; i < 1_000; i++)
    exporter.take(anEndedInvocation({ ...aTraced, functionName: i % 2 === 0 ? "f" : "g" }));
  await exporter.flush();

  const traces = collector.posted.filter((it) => it.path.endsWith("/traces"));
  assert.deepEqual(
    traces.map((it) => (it.document["resourceSpans"] as unknown[]).length),
    [2, 2],
  );
  exporter[Symbol.dispose]();
});
