// The drawing of an invocation, cold and warm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf, waterfall } from "./waterfall.ts";

const cold = {
  isCold: true,
  kind: "onDemand",
  waitedMs: 100,
  tookMs: 120,
  start: { phasesMs: { queue: 0, placement: 0.1, sandbox: 40, init: 50 }, poolLevel: 0, poolMiss: "the pool is empty" },
};

test("a cold invocation's steps are its start's phases, the way to the worker, and the invocation itself", () => {
  assert.deepEqual(
    stepsOf(cold).map(({ name, ms }) => [name, Math.round(ms * 10) / 10]),
    [
      ["placement", 0.1],
      ["sandbox", 40],
      ["init", 50],
      ["link", 9.9],
      ["invoke", 20],
    ],
  );
});

test("each bar begins where the one before it ends, and the last ends at the edge", () => {
  const lines = waterfall(cold).split("\n");

  assert.equal(lines[0], "cold, pool level 0 (the pool is empty), 120.0 ms");
  assert.ok(lines.slice(1).every((it) => it.length === (lines[1] ?? "").length));
  assert.match(lines.at(-1) ?? "", /^ {2}invoke {4} +█+ +20.0 ms$/u);
});

test("a warm invocation is one bar, and says when its environment was provisioned", () => {
  const warm = { isCold: false, kind: "onDemand", waitedMs: 0.01, tookMs: 2 };

  assert.equal(waterfall(warm).split("\n").length, 2);
  assert.match(waterfall(warm), /^warm, 2.0 ms$/mu);
  assert.match(waterfall({ ...warm, kind: "provisioned" }), /^provisioned, 2.0 ms$/mu);
});
