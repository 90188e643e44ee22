import assert from "node:assert/strict";
import { test } from "node:test";
import { initTimeoutMs } from "./init-timeout.ts";

test("an initialisation on demand has ten seconds, whatever the function's timeout", () => {
  assert.equal(initTimeoutMs({ initializationType: "on-demand", timeoutMs: 900_000 }), 10_000);
});

test("one ahead of its invocations has 130 seconds, or the function's timeout where that is more", () => {
  const ahead = [3_000, 130_000, 200_000, 900_000].map((timeoutMs) =>
    initTimeoutMs({ initializationType: "provisioned-concurrency", timeoutMs }),
  );

  assert.deepEqual(ahead, [130_000, 130_000, 200_000, 900_000]);
});
