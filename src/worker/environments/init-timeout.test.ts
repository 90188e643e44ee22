// The bound on Init for each kind of environment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { initTimeoutMs } from "./init-timeout.ts";

test("Init has ten seconds on demand, and the function's timeout but 130 seconds at least when it comes ahead", () => {
  const timeoutsMs = [3_000, 131_000, 900_000];

  const bounds = (initializationType: "on-demand" | "provisioned-concurrency") =>
    timeoutsMs.map((timeoutMs) => initTimeoutMs({ initializationType, timeoutMs }));

  assert.deepEqual(bounds("on-demand"), [10_000, 10_000, 10_000]);
  assert.deepEqual(bounds("provisioned-concurrency"), [130_000, 131_000, 900_000]);
});
