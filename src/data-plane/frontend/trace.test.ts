// Who decides on sampling, and what the function sees of its trace.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSampler, FUNCTIONS_MAX, traceOf } from "./trace.ts";

const root = "1-5759e988-bd862e3fe1be46a994272793";
const caller = "53995c3f42cd8ad8";
const never = (): never => assert.fail("was asked");

test("the caller's decision stands, and nobody else is asked", () => {
  const kept = traceOf(`Root=${root};Parent=${caller};Sampled=1;Lineage=1:a:0`, 0, never);
  const dropped = traceOf(`Root=${root};Parent=${caller};Sampled=0`, 0, never);

  assert.equal(kept.segments?.traceId, root);
  assert.equal(kept.segments.callerId, caller);
  assert.equal(kept.header, `Root=${root};Parent=${kept.segments.functionId};Sampled=1;Lineage=1:a:0`);
  assert.deepEqual(dropped, { header: `Root=${root};Parent=${caller};Sampled=0`, segments: undefined });
});

test("without a decision the function's own sampling is asked, with or without a trace", () => {
  const open = traceOf(`Root=${root};Parent=${caller}`, 0, () => true);
  const fresh = traceOf(undefined, 1_465_510_280_000, () => true);

  assert.deepEqual([open.segments?.traceId, open.segments?.callerId], [root, caller]);
  assert.match(fresh.header, /^Root=1-5759e988-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$/u);
  assert.equal(fresh.segments?.callerId, undefined);
  assert.match(traceOf(undefined, 0, () => false).header, /^Root=1-0{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/u);
});

test("the first request of each second is sampled, and of the others those whose draw is below 5%", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ afterMs: fc.nat(700), draw: fc.double({ min: 0, max: 0.999, noNaN: true }) })),
      (all) => {
        let draw = 0;
        const sample = createSampler(() => draw);
        const seen = new Set<number>();
        let nowMs = 0;
        for (const request of all) {
          nowMs += request.afterMs;
          draw = request.draw;
          const second = Math.floor(nowMs / 1000);
          assert.equal(sample("f", nowMs), !seen.has(second) || draw < 0.05);
          seen.add(second);
        }
      },
    ),
  );
});

test("functions are sampled apart, and the bound forgets the one that was sampled the longest ago", () => {
  const sample = createSampler(() => 0.99);
  assert.deepEqual([sample("a", 0), sample("b", 0), sample("a", 0)], [true, true, false]);
  for (let i = 0; i < FUNCTIONS_MAX - 1; i++) sample(`f${i}`, 0);

  assert.deepEqual([sample("b", 0), sample("a", 0)], [false, true]);
});
