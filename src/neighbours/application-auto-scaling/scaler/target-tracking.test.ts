// Whether a policy scales: by examples for each rule, and by property within every bound.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decideTracking, type TrackingFacts } from "./target-tracking.ts";

const NOW_MS = 10_000_000;
const minutes = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

function decide(more: Partial<TrackingFacts>) {
  return decideTracking({
    datapoints: [],
    targetValue: 0.7,
    current: 10,
    min: 1,
    max: 100,
    nowMs: NOW_MS,
    scaleOutCooldownMs: 0,
    scaleInCooldownMs: 0,
    mayScaleOut: true,
    mayScaleIn: true,
    history: { lastOut: undefined, lastIn: undefined },
    ...more,
  });
}

const keep = { outcome: "keep" };

test("three minutes above the target scale out to where the same use meets it", () => {
  assert.deepEqual(decide({ datapoints: [0.9, 0.9] }), keep);
  assert.deepEqual(decide({ datapoints: [0.9, 0.7, 0.9] }), keep);
  assert.deepEqual(decide({ datapoints: [0.8, 0.9, 1] }), { outcome: "scaleOut", capacity: 15 });
  assert.deepEqual(decide({ datapoints: [1, 1, 1], max: 12 }), { outcome: "scaleOut", capacity: 12 });
  assert.deepEqual(decide({ datapoints: [1, 1, 1], max: 10 }), keep);
});

test("fifteen minutes below nine tenths of the target scale in by the busiest of them", () => {
  assert.deepEqual(decide({ datapoints: minutes(14, 0.1) }), keep);
  assert.deepEqual(decide({ datapoints: [...minutes(14, 0.1), 0.63] }), keep);
  assert.deepEqual(decide({ datapoints: [...minutes(14, 0.1), 0.35] }), { outcome: "scaleIn", capacity: 5 });
  assert.deepEqual(decide({ datapoints: minutes(15, 0), min: 3 }), { outcome: "scaleIn", capacity: 3 });
});

test("a minute without a figure scales neither out nor in", () => {
  assert.deepEqual(decide({ datapoints: [1, undefined, 1] }), keep);
  assert.deepEqual(decide({ datapoints: [...minutes(14, 0), undefined] }), keep);
});

test("a cooldown holds scaling out back unless the step is larger, and scaling in altogether", () => {
  const cooling = { scaleOutCooldownMs: 60_000, scaleInCooldownMs: 60_000 };
  const out = (added: number, agoMs: number) =>
    decide({
      ...cooling,
      datapoints: [1, 1, 1],
      history: { lastOut: { atMs: NOW_MS - agoMs, added }, lastIn: undefined },
    });
  assert.deepEqual([out(5, 1000), out(4, 1000).outcome, out(5, 60_000).outcome], [keep, "scaleOut", "scaleOut"]);
  const low = (agoMs: number) =>
    decide({
      ...cooling,
      datapoints: minutes(15, 0),
      history: { lastOut: undefined, lastIn: { atMs: NOW_MS - agoMs } },
    });

  assert.deepEqual([low(59_999), low(60_000).outcome], [keep, "scaleIn"]);
});

test("what is suspended does not happen", () => {
  assert.deepEqual(decide({ datapoints: [1, 1, 1], mayScaleOut: false }), keep);
  assert.deepEqual(decide({ datapoints: minutes(15, 0), mayScaleIn: false }), keep);
});

test("whatever is measured, capacity stays within its bounds and moves the way that it says", () => {
  const facts = fc.record({
    datapoints: fc.array(fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: undefined }), { maxLength: 20 }),
    targetValue: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
    current: fc.integer({ min: 1, max: 500 }),
    bounds: fc.tuple(fc.nat(500), fc.nat(500)),
  });
  fc.assert(
    fc.property(facts, ({ bounds, ...it }) => {
      const [min, max] = [Math.min(...bounds), Math.max(...bounds)];
      const decision = decide({ ...it, min, max });

      if (decision.outcome === "scaleOut") assert.ok(decision.capacity > it.current && decision.capacity <= max);
      if (decision.outcome === "scaleIn") assert.ok(decision.capacity < it.current && decision.capacity >= min);
    }),
  );
});
