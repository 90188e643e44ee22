import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../foundation/clock.ts";
import { createInvocationRecord } from "./invocation-record.ts";
import type { PhaseStatus } from "./platform-events.ts";

const TIMEOUT_MS = 1_000;

/** What the report says took, where the runtime answered after some milliseconds and extensions went on. */
function reported(of: { runtimeMs: number; extensionsMs: number; outcome: PhaseStatus }): number | undefined {
  const clock = createVirtualClock();
  const spec = { version: "1", memoryMiB: 128, timeoutMs: TIMEOUT_MS };
  const about = { requestId: "r", traceId: "", initMs: undefined, restoreMs: undefined };
  const record = createInvocationRecord({ clock, spec, ...about });
  clock.advance(of.runtimeMs);
  const plain = { kind: "response", requestId: "r", isStreaming: false, midStreamError: undefined } as const;
  record.runtimeDone({ by: "answer", answer: { ...plain, body: Buffer.from("{}") } }, undefined);
  record.takeRuntimeDone();
  clock.advance(of.extensionsMs);
  const report = record.ended(of.outcome, 0).at(-1);
  return report?.type === "report" ? report.durationMs : undefined;
}

test("extensions count, up to what the function has", () => {
  const outcome = { status: "success" } as const;
  assert.equal(reported({ runtimeMs: 10, extensionsMs: 5, outcome }), 15);
  assert.equal(reported({ runtimeMs: 10, extensionsMs: 5_000, outcome }), TIMEOUT_MS);
});

test("a timeout is all that the function had, whether its timer came early or late", () => {
  const outcome = { status: "timeout" } as const;
  assert.equal(reported({ runtimeMs: 10, extensionsMs: 989, outcome }), TIMEOUT_MS);
  assert.equal(reported({ runtimeMs: 10, extensionsMs: 991, outcome }), TIMEOUT_MS);
});
