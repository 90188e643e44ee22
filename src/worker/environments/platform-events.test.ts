// The platform's lines, in AWS's two forms.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlatformEvent, platformLines, type Report } from "./platform-events.ts";

const text = { logFormat: "Text", systemLogLevel: undefined };
const json = (systemLogLevel: string) => ({ logFormat: "JSON", systemLogLevel });
const aReport = (more: Partial<Report> = {}): Report => ({
  type: "report",
  requestId: "r",
  durationMs: 12.341,
  initMs: undefined,
  memoryMiB: 128,
  peakMemoryBytes: 64 << 20,
  outcome: { status: "success" },
  spans: [],
  tracing: undefined,
  ...more,
});
const initReport = (status: "success" | "timeout", initializationType = "on-demand"): PlatformEvent => ({
  type: "initReport",
  phase: "init",
  initializationType,
  durationMs: 10_008.412,
  outcome: { status },
});

test("END and REPORT as AWS writes them: tabs between, a tab at the end", () => {
  assert.deepEqual(platformLines(aReport({ initMs: 150.123 }), text, 0), [
    "END RequestId: r\n",
    "REPORT RequestId: r\tDuration: 12.34 ms\tBilled Duration: 163 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 150.12 ms\t\n",
  ]);
  assert.match(
    platformLines(aReport({ outcome: { status: "error", errorType: "Runtime.ExitError" } }), text, 0)[1] ?? "",
    /\tStatus: error\tError Type: Runtime.ExitError\t\n$/u,
  );
});

test("an initialisation says something in text only when it failed, or was not on demand", () => {
  assert.deepEqual(platformLines(initReport("success"), text, 0), []);
  assert.deepEqual(platformLines(initReport("timeout"), text, 0), [
    "INIT_REPORT Init Duration: 10008.41 ms\tPhase: init\tStatus: timeout\n",
  ]);
  assert.equal(platformLines(initReport("success", "provisioned-concurrency"), text, 0).length, 1);
});

test("memory is whole megabytes within the function's size, billing whole milliseconds of at least one", () => {
  const [, line = ""] = platformLines(aReport({ durationMs: 0.2, peakMemoryBytes: 200 << 20 }), text, 0);

  assert.match(line, /Billed Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB/u);
});

test("the JSON form is one object with time, type and record, and heeds the system's level", () => {
  const [line = "", ...more] = platformLines(aReport(), json("INFO"), 1_767_225_600_000);

  assert.deepEqual(more, []);
  assert.deepEqual(JSON.parse(line), {
    time: "2026-01-01T00:00:00.000Z",
    type: "platform.report",
    record: {
      requestId: "r",
      metrics: { durationMs: 12.341, billedDurationMs: 13, memorySizeMB: 128, maxMemoryUsedMB: 64 },
      status: "success",
    },
  });
  assert.deepEqual(platformLines(aReport(), json("WARN"), 0), []);
  assert.equal(platformLines(aReport({ outcome: { status: "timeout" } }), json("WARN"), 0).length, 1);
  assert.equal(platformLines(initReport("success"), json("INFO"), 0).length, 0);
  assert.equal(platformLines(initReport("success"), json("DEBUG"), 0).length, 1);
});
