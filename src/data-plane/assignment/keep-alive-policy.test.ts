// How long idle environments are kept, at the policy's edges.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keepAliveMs, keepUntilMs } from "./keep-alive-policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test("an idle environment is kept for 5 to 15 minutes, spread over all of them", () => {
  assert.equal(keepAliveMs(0), 5 * MINUTE_MS);
  assert.equal(keepAliveMs(0.5), 10 * MINUTE_MS);
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(random, (it) => keepAliveMs(it) >= 5 * MINUTE_MS && keepAliveMs(it) < 15 * MINUTE_MS));
});

test("no environment is kept beyond six hours after its birth", () => {
  assert.equal(keepUntilMs(0, HOUR_MS, 10 * MINUTE_MS), HOUR_MS + 10 * MINUTE_MS);
  assert.equal(keepUntilMs(0, 6 * HOUR_MS - MINUTE_MS, 10 * MINUTE_MS), 6 * HOUR_MS);
  assert.equal(keepUntilMs(1000, 7 * HOUR_MS, 10 * MINUTE_MS), 1000 + 6 * HOUR_MS);
});
