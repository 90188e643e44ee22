// How long idle environments are kept, at both policies' edges.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emptyHistogram, observe, percentileMs } from "./idle-histogram.ts";
import { adaptedKeepMs, createAdaptiveKeepAlive, keepAliveMs, keepUntilMs } from "./keep-alive-policy.ts";

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

/** A histogram of these idle times, in minutes. */
function histogramOf(minutes: readonly number[]) {
  const histogram = emptyHistogram();
  for (const it of minutes) observe(histogram, it * MINUTE_MS);
  return histogram;
}

test("a function that is used every twenty minutes keeps its environments for that long, with a margin", () => {
  const policy = createAdaptiveKeepAlive();
  for (let used = 0; used < 20; used++) policy.observeIdle("f", 20.5 * MINUTE_MS);

  assert.equal(policy.keepMs("f", 0), Math.round(21 * 1.1 * MINUTE_MS));
  assert.equal(policy.keepMs("g", 0), 5 * MINUTE_MS);
});

test("a function that is used all the time keeps what it does not use for little more than a minute", () => {
  assert.equal(adaptedKeepMs(histogramOf(Array.from({ length: 100 }, () => 0.1))), Math.round(1.1 * MINUTE_MS));
});

test("too few idle times, idle times that are all over the hour, and ones that are beyond it, leave the fixed policy", () => {
  assert.equal(adaptedKeepMs(histogramOf(Array.from({ length: 9 }, () => 3))), undefined);
  assert.equal(adaptedKeepMs(histogramOf(Array.from({ length: 240 }, (_, index) => index % 60))), undefined);
  assert.equal(
    adaptedKeepMs(histogramOf([...Array.from({ length: 20 }, () => 90), ...Array.from({ length: 10 }, () => 3)])),
    undefined,
  );
});

test("the keep-alive is always within an hour and a minute, and covers 99 of 100 idle times under an hour", () => {
  const times = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 10, maxLength: 200 });
  fc.assert(
    fc.property(times, (minutes) => {
      const histogram = histogramOf(minutes);
      const keepMs = adaptedKeepMs(histogram);
      if (keepMs === undefined) return;
      assert.ok(keepMs >= MINUTE_MS && keepMs <= HOUR_MS);
      const under = minutes.filter((it) => it < 60);
      const covered = under.filter((it) => it * MINUTE_MS <= percentileMs(histogram, 0.99)).length;
      assert.ok(covered >= 0.99 * under.length);
    }),
  );
});
