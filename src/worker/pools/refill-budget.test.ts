import assert from "node:assert/strict";
import { test } from "node:test";
import { refillDelayMs } from "./refill-budget.ts";

test("a pool refills at once where nothing runs", () => {
  assert.equal(refillDelayMs({ starting: 0, lastWorkAtMs: 0, dueSinceMs: 1_000 }, 1_000), 0);
});

test("it waits while somebody waits for a start, and right after an invocation", () => {
  assert.ok(refillDelayMs({ starting: 1, lastWorkAtMs: 0, dueSinceMs: 1_000 }, 1_000) > 0);
  assert.ok(refillDelayMs({ starting: 0, lastWorkAtMs: 999, dueSinceMs: 1_000 }, 1_000) > 0);
});

test("under work that never pauses it refills once a second all the same", () => {
  const busy = { starting: 3, lastWorkAtMs: 2_000, dueSinceMs: 1_000 };

  assert.ok(refillDelayMs(busy, 1_999) > 0);
  assert.equal(refillDelayMs(busy, 2_000), 0);
});
