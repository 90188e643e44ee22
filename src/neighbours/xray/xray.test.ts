// X-Ray's operations: what is kept of segments, how they are put together, and what Lambda itself writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchGetTracesResult, GetTraceSummariesResult, PutTraceSegmentsResult } from "@aws-sdk/client-xray";
import fc from "fast-check";
import { anEndedInvocation, aThrottledInvocation } from "../../feed/feed.fixtures.ts";
import { createVirtualClock } from "../../foundation/clock.ts";
import { callerOf } from "../../model/operation.fixtures.ts";
import { type Members, ServiceException } from "../../model/operation.ts";
import { readSegment } from "./segment-document.ts";
import { TraceMemory } from "./trace-memory.ts";
import { createXRay } from "./xray.ts";

const START_MS = Date.UTC(2026, 0, 1);
const START = START_MS / 1000;
const traceId = "1-5759e988-bd862e3fe1be46a994272793";
const ids = { service: "0000000000000001", function: "0000000000000002", caller: "00000000000000ff" };
const segments = { traceId, callerId: ids.caller, serviceId: ids.service, functionId: ids.function };

function anXRay() {
  const clock = createVirtualClock(START_MS);
  const xRay = createXRay({ clock, catchUp: () => undefined });
  const call = callerOf(xRay.service);
  const put = async (...documents: readonly object[]): Promise<PutTraceSegmentsResult> =>
    await call("PutTraceSegments", { TraceSegmentDocuments: documents.map((it) => JSON.stringify(it)) });
  async function trace(): Promise<readonly Record<string, unknown>[]> {
    const { Traces = [] } = await call<BatchGetTracesResult>("BatchGetTraces", { TraceIds: [traceId] });
    return (Traces[0]?.Segments ?? []).map((it) => JSON.parse(it.Document ?? "") as Record<string, unknown>);
  }
  const summaries = async (more: Members = {}): Promise<GetTraceSummariesResult> =>
    await call("GetTraceSummaries", { StartTime: START - 60, EndTime: START + 60, ...more });
  return { clock, xRay, call, put, trace, summaries };
}

const aSegment = (more: object = {}) => ({
  id: ids.function,
  trace_id: traceId,
  name: "f",
  start_time: START,
  end_time: START + 1,
  ...more,
});
const aSubsegment = (id: string, parent: string, more: object = {}) =>
  aSegment({ id, parent_id: parent, type: "subsegment", name: `sub ${id}`, ...more });

test("a cold invocation leaves the service's segment and the function's, with its phases", async () => {
  const { xRay, trace, summaries } = anXRay();
  const timing = { startedAtMs: START_MS + 300, durationMs: 50, initMs: 200 };
  xRay.take(
    anEndedInvocation({ atMs: START_MS + 400, tookMs: 400, isCold: true, timing, segments, qualifier: "live" }),
  );

  const [service, ofFunction] = await trace();
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:f:live";
  assert.partialDeepStrictEqual(service, {
    id: ids.service,
    trace_id: traceId,
    parent_id: ids.caller,
    origin: "AWS::Lambda",
    resource_arn: arn,
    start_time: START,
    end_time: START + 0.4,
    aws: { request_id: "request-1" },
  });
  assert.partialDeepStrictEqual(ofFunction, {
    id: ids.function,
    parent_id: ids.service,
    origin: "AWS::Lambda::Function",
    start_time: START + 0.1,
    end_time: START + 0.4,
    aws: { account_id: "111122223333", function_arn: arn },
    subsegments: [
      { name: "Initialization", start_time: START + 0.1, end_time: START + 0.3 },
      { name: "Invocation", start_time: START + 0.3, end_time: START + 0.35 },
      { name: "Overhead", start_time: START + 0.35, end_time: START + 0.4 },
    ],
  });
  const [summary] = (await summaries()).TraceSummaries ?? [];
  assert.partialDeepStrictEqual(summary, { Id: traceId, HasFault: false, HasError: false, Http: { HttpStatus: 200 } });
  assert.ok(Math.abs((summary?.Duration ?? 0) - 0.4) < 1e-6);
});

test("a function error is a fault, a throttle an error; what is not sampled leaves nothing", async () => {
  const { xRay, trace, summaries } = anXRay();
  const at = {
    atMs: START_MS + 10,
    tookMs: 5,
    timing: { startedAtMs: START_MS + 6, durationMs: 3, initMs: undefined },
  };
  xRay.take(anEndedInvocation({ ...at, segments: undefined }));
  assert.deepEqual((await summaries()).TraceSummaries, []);
  xRay.take(anEndedInvocation({ ...at, segments, functionError: "Unhandled", errorType: "TypeError" }));
  const [service, ofFunction] = await trace();
  assert.equal(service?.["fault"], true);
  assert.partialDeepStrictEqual(ofFunction, { fault: true, cause: { exceptions: [{ type: "TypeError" }] } });
  xRay.reset();

  xRay.take(aThrottledInvocation({ atMs: START_MS, segments }));
  assert.partialDeepStrictEqual((await summaries()).TraceSummaries, [
    { HasThrottle: true, HasError: true, HasFault: false, Http: { HttpStatus: 429 } },
  ]);
});

test("subsegments that come by themselves stand in what they are of, in whichever order they came", async () => {
  const [a, b, alone] = ["000000000000000a", "000000000000000b", "000000000000000c"];
  const documents = [
    aSegment(),
    aSubsegment(a, ids.function),
    aSubsegment(b, a),
    aSubsegment(alone, "000000000000000d"),
  ];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(documents, { minLength: 4 }), async (shuffled) => {
      const { put, trace } = anXRay();
      await put(...shuffled);
      const whole = await trace();

      assert.deepEqual(whole.map((it) => String(it["id"])).sort(), [ids.function, alone]);
      const segment = whole.find((it) => it["id"] === ids.function);
      assert.partialDeepStrictEqual(segment, { subsegments: [{ id: a, subsegments: [{ id: b }] }] });
    }),
  );
});

test("subsegments that claim to stand in one another end nothing", async () => {
  const { put, trace } = anXRay();
  const [a, b] = ["000000000000000a", "000000000000000b"];
  await put(aSubsegment(a, b), aSubsegment(b, a), aSubsegment("000000000000000c", "000000000000000c"));

  assert.ok((await trace()).length > 0);
});

test("a segment in progress is replaced by its end", async () => {
  const { put, trace, summaries } = anXRay();
  await put(aSegment({ end_time: undefined, in_progress: true }));
  assert.equal((await summaries()).TraceSummaries?.[0]?.IsPartial, true);
  await put(aSegment({ annotations: { kind: "new", size: 3, isBig: false } }));

  assert.deepEqual(
    (await trace()).map((it) => it["end_time"]),
    [START + 1],
  );
  const [summary] = (await summaries()).TraceSummaries ?? [];
  assert.equal(summary?.IsPartial, false);
  const values = Object.entries(summary?.Annotations ?? {}).map(([key, all]) => [key, all[0]?.AnnotationValue]);
  assert.deepEqual(Object.fromEntries(values), {
    kind: { StringValue: "new" },
    size: { NumberValue: 3 },
    isBig: { BooleanValue: false },
  });
});

test("what is malformed is answered with its id and why, and the others of the request are kept", async () => {
  const { call, trace } = anXRay();
  const wrong = [
    "{",
    "[]",
    aSegment({ id: "1" }),
    aSegment({ trace_id: "1-2-3" }),
    aSegment({ name: "" }),
    aSegment({ start_time: "now" }),
    aSegment({ end_time: START - 1 }),
    aSegment({ end_time: undefined }),
    aSegment({ type: "subsegment" }),
    aSegment({ filler: "x".repeat(70_000) }),
  ];
  const TraceSegmentDocuments = [...wrong, aSegment()].map((it) => (typeof it === "string" ? it : JSON.stringify(it)));
  const { UnprocessedTraceSegments } = await call<PutTraceSegmentsResult>("PutTraceSegments", {
    TraceSegmentDocuments,
  });

  assert.deepEqual(
    UnprocessedTraceSegments?.map((it) => it.ErrorCode),
    [
      "ParseError",
      "ParseError",
      "InvalidId",
      "InvalidTraceId",
      "InvalidName",
      "InvalidStartTime",
      "InvalidEndTime",
      "MissingEndTime",
      "MissingParentId",
      "DocumentTooLarge",
    ],
  );
  assert.equal((await trace()).length, 1);
  fc.assert(fc.property(fc.json(), (text) => assert.equal(readSegment(text).outcome, "refused")));
});

test("summaries are of a stretch of time, page by page; what AWS or Hearth refuses is InvalidRequestException", async () => {
  const { put, summaries, call } = anXRay();
  const many = Array.from({ length: 150 }, (_, index) => index.toString(16).padStart(24, "0"));
  await put(...many.map((end) => aSegment({ trace_id: `1-5759e988-${end}` })));
  const first = await summaries();
  assert.equal(first.TraceSummaries?.length, 100);
  assert.equal((await summaries({ NextToken: first.NextToken })).TraceSummaries?.length, 50);
  assert.deepEqual((await summaries({ StartTime: START + 1, EndTime: START + 2 })).TraceSummaries, []);

  for (const refused of [
    summaries({ StartTime: undefined }),
    summaries({ EndTime: START + 90_000 }),
    summaries({ FilterExpression: "fault" }),
    summaries({ NextToken: "x" }),
    call("BatchGetTraces", { TraceIds: [] }),
    call("BatchGetTraces", { TraceIds: ["1"] }),
    call("PutTraceSegments", {}),
  ])
    await assert.rejects(
      refused,
      (error) => error instanceof ServiceException && error.code === "InvalidRequestException",
    );
});

test("over the bound the oldest traces go; a trace over its own is cut and says so", () => {
  const memory = new TraceMemory(10_000);
  const scope = { accountId: "1", region: "r" };
  const document = (trace: string, id: string) => ({ ...aSegment({ id }), trace_id: trace });
  for (let i = 0; i < 10; i++) memory.put(scope, document(`t${i}`, "1"), 1_500, 0);
  assert.deepEqual(
    memory.list(scope).map((it) => it.traceId),
    ["t5", "t6", "t7", "t8", "t9"],
  );

  const large = new TraceMemory();
  for (let i = 0; i < 10; i++) large.put(scope, document("t", String(i)), 60_000, 0);
  const trace = large.get(scope, "t");
  assert.deepEqual([trace?.documents.size, trace?.isCut], [8, true]);
});
