// What a scrape finds after events that are known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { anEndedInvocation, aThrottledInvocation } from "../../feed/feed.fixtures.ts";
import { expositionOf } from "./exposition.ts";
import { createPrometheus, FUNCTIONS_MAX, type Gauges } from "./prometheus.ts";

const noGauges: Gauges = { pools: [], environments: [], workers: [], queued: [], eventsLost: 0 };
const linesOf = (text: string, name: string): string[] =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

test("invocations are counted by function and outcome, throttles by reason", () => {
  const prometheus = createPrometheus();
  for (const functionError of [undefined, undefined, "Unhandled"])
    prometheus.take(anEndedInvocation({ functionError }));
  prometheus.take(aThrottledInvocation());
  const text = expositionOf(prometheus.families(noGauges));

  const of = 'account="111122223333",region="us-east-1",function="f"';
  assert.deepEqual(linesOf(text, "hearth_invocations_total"), [
    `hearth_invocations_total{${of},kind="on_demand",outcome="success"} 2`,
    `hearth_invocations_total{${of},kind="on_demand",outcome="error"} 1`,
  ]);
  assert.deepEqual(linesOf(text, "hearth_throttles_total"), [
    `hearth_throttles_total{${of},reason="ConcurrentInvocationLimitExceeded"} 1`,
  ]);
  assert.match(text, /^# HELP hearth_invocations_total \S.*\n# TYPE hearth_invocations_total counter$/mu);
  assert.ok(text.endsWith("\n"));
});

test("a histogram's buckets count everything below them", () => {
  const prometheus = createPrometheus();
  for (const durationMs of [0.2, 7, 2_000_000]) {
    prometheus.take(anEndedInvocation({ timing: { startedAtMs: 0, durationMs, initMs: undefined } }));
  }
  const text = expositionOf(prometheus.families(noGauges));
  const bucket = (le: string): string | undefined =>
    linesOf(text, "hearth_invocation_duration_seconds_bucket")
      .find((it) => it.includes(`le="${le}"`))
      ?.split(" ")[1];

  assert.deepEqual(
    [bucket("0.0005"), bucket("0.005"), bucket("0.01"), bucket("900"), bucket("+Inf")],
    ["1", "1", "2", "2", "3"],
  );
  assert.match(text, /^hearth_invocation_duration_seconds_sum\{.*\} 2000\.0072$/mu);
  assert.match(text, /^hearth_invocation_duration_seconds_count\{.*\} 3$/mu);
});

test("functions over the bound share one series", () => {
  const prometheus = createPrometheus();
  for (let i = 0; i < FUNCTIONS_MAX + 5; i++) prometheus.take(anEndedInvocation({ functionName: `f${i}` }));
  prometheus.take(anEndedInvocation({ functionName: "f3" }));
  const lines = linesOf(expositionOf(prometheus.families(noGauges)), "hearth_invocations_total");

  assert.equal(lines.length, FUNCTIONS_MAX + 1);
  assert.match(lines.find((it) => it.includes('function="_other"')) ?? "", / 5$/u);
  assert.match(lines.find((it) => it.includes('function="f3"')) ?? "", / 2$/u);
});

test("gauges are what they are at the scrape, and labels are escaped", () => {
  const text = expositionOf(
    createPrometheus().families({
      pools: [{ accountId: "1", region: 'r"\\', limit: 10, claimed: 1, inFlight: 2, unreserved: 1 }],
      environments: [
        { state: "Idle", workerId: "w" },
        { state: "Idle", workerId: "w" },
        { state: "Busy", workerId: "w" },
      ],
      workers: [
        { workerId: "w", memoryMiB: 2, usedMiB: 1, idleMiB: 1, availableMiB: undefined, pooled: { 1: 0, 2: 3 } },
      ],
      queued: [{ accountId: "1", region: "r", functionName: "f", count: 3 }],
      eventsLost: 4,
    }),
  );

  assert.deepEqual(linesOf(text, "hearth_concurrent_executions"), [
    'hearth_concurrent_executions{account="1",region="r\\"\\\\"} 2',
  ]);
  assert.deepEqual(linesOf(text, "hearth_environments"), [
    'hearth_environments{worker="w",state="idle"} 2',
    'hearth_environments{worker="w",state="busy"} 1',
  ]);
  assert.deepEqual(linesOf(text, "hearth_pooled_sandboxes"), [
    'hearth_pooled_sandboxes{worker="w",level="1"} 0',
    'hearth_pooled_sandboxes{worker="w",level="2"} 3',
  ]);
  assert.equal(linesOf(text, "hearth_worker_memory_bytes").length, 3);
  assert.deepEqual(linesOf(text, "hearth_feed_events_lost_total"), ["hearth_feed_events_lost_total 4"]);
});
