import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Demand, nextToMake, noDemand, published, started, wanted } from "./pool-size.ts";

const MINUTE = 60_000;

function askedTimes(times: number, atMs: number, demand?: Demand): Demand {
  let after = demand ?? noDemand(atMs);
  for (let index = 0; index < times; index++) after = started(after, atMs);
  return after;
}

test("a kind that functions were published for has a sandbox waiting for each, up to eight, before anybody asks", () => {
  let demand = noDemand(0);
  assert.equal(wanted(demand, 0), 1);

  const kept = Array.from({ length: 12 }, () => wanted((demand = published(demand, 0)), 0));

  assert.deepEqual(kept, [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8]);
});

test("functions that were published and then started once each are not counted twice", () => {
  let demand = noDemand(0);
  for (let index = 0; index < 5; index++) demand = published(demand, 0);

  assert.equal(wanted(askedTimes(5, 1_000, demand), 1_000), 5);
});

test("as many wait as were asked for in one burst", () => {
  assert.equal(wanted(askedTimes(12, 1_000), 1_000), 12);
});

test("starts far apart are no burst", () => {
  const demand = askedTimes(1, 60_000, askedTimes(1, 30_000, askedTimes(1, 0)));

  assert.equal(wanted(demand, 60_000), 1);
});

test("half of what was kept for a burst is let go every five minutes, but never the last one", () => {
  const demand = askedTimes(16, 0);

  const kept = [0, 5, 10, 15, 25].map((minutes) => wanted(demand, minutes * MINUTE));

  assert.deepEqual(kept, [16, 8, 4, 2, 1]);
});

test("what nobody has asked for in half an hour is not kept", () => {
  const demand = askedTimes(16, 0);

  assert.deepEqual([wanted(demand, 30 * MINUTE - 1), wanted(demand, 30 * MINUTE)], [1, 0]);
});

test("a smaller burst does not shrink what a greater one lately wanted", () => {
  const demand = askedTimes(2, MINUTE, askedTimes(10, 0));

  assert.equal(wanted(demand, MINUTE), 9);
});

test("the kind with the least of what it wants comes next, and nothing above the bound", () => {
  const standings = [
    { wanted: 4, waiting: 2 },
    { wanted: 10, waiting: 3 },
    { wanted: 1, waiting: 1 },
  ];

  assert.equal(nextToMake(standings, 16), 1);
  assert.equal(nextToMake(standings, 6), -1);
});

test("filling by turns ends with every kind at what it wants, or with the bound reached", () => {
  const kinds = fc.array(fc.nat({ max: 12 }), { maxLength: 8 });
  fc.assert(
    fc.property(kinds, fc.nat({ max: 40 }), (goals, max) => {
      const standings = goals.map((goal) => ({ wanted: goal, waiting: 0 }));
      for (let at = nextToMake(standings, max); at >= 0; at = nextToMake(standings, max)) {
        const chosen = standings[at];
        assert.ok(chosen !== undefined && chosen.waiting < chosen.wanted);
        chosen.waiting++;
      }
      const total = standings.reduce((sum, it) => sum + it.waiting, 0);
      assert.equal(
        total,
        Math.min(
          max,
          goals.reduce((sum, it) => sum + it, 0),
        ),
      );
    }),
  );
});
