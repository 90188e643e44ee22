// The allocation's next step, walked to its end from wherever it begins.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  allocate,
  type Allocation,
  PARALLEL_STARTS_MAX,
  type Provisioned,
  retryDelayMs,
  statusOf,
} from "./provisioned-allocation.ts";

const anEnvironment = fc.record({
  deploymentId: fc.constantFrom("old", "new"),
  state: fc.constantFrom("Starting" as const, "Idle" as const, "Busy" as const),
  bornAtMs: fc.constantFrom(0, 100),
});
const anAllocation = fc.record({
  requested: fc.integer({ min: 0, max: 20 }),
  deploymentId: fc.constantFrom("new", undefined),
  environments: fc
    .array(anEnvironment, { maxLength: 30 })
    .map((all) => all.map((it, index): Provisioned => ({ ...it, environmentId: `e${index}` }))),
  retryAtMs: fc.constant(0),
  bornAfterMs: fc.constant(50),
});

let serial = 0;

/** What there is after a step, with every start that it asked for under way. */
function after(it: Allocation): Allocation {
  const { start, end } = allocate(it, 0);
  const started = Array.from({ length: start }, (): Provisioned => {
    const environmentId = `s${(serial += 1)}`;
    return { environmentId, deploymentId: "new", state: "Starting", bornAtMs: 100 };
  });
  return { ...it, environments: [...it.environments.filter((one) => !end.includes(one.environmentId)), ...started] };
}
const withStartsEnded = (it: Allocation): Allocation => ({
  ...it,
  environments: it.environments.map((one) => ({ ...one, state: one.state === "Starting" ? "Idle" : one.state })),
});

test("from wherever it begins, it ends with exactly what is requested, young and of the right deployment", () => {
  fc.assert(
    fc.property(anAllocation, (given) => {
      let it: Allocation = given;
      for (let step = 0; step < 30; step++) it = withStartsEnded(after(it));

      assert.equal(it.environments.length, it.deploymentId === undefined ? 0 : it.requested);
      assert.ok(it.environments.every((one) => one.deploymentId === "new" && one.bornAtMs === 100));
      assert.deepEqual(allocate(it, 0), { start: 0, end: [] });
    }),
  );
});

test("no step leaves fewer ready environments than were there or are requested, nor starts too many at once", () => {
  fc.assert(
    fc.property(anAllocation, (given) => {
      const ready = (it: Allocation): number => it.environments.filter((one) => one.state !== "Starting").length;
      const next = after(given);

      const wanted = given.deploymentId === undefined ? 0 : given.requested;
      assert.ok(ready(next) >= Math.min(ready(given), wanted));
      const before = given.environments.filter((one) => one.state === "Starting").length;
      const starting = next.environments.filter((one) => one.state === "Starting").length;
      assert.ok(starting <= Math.max(before, PARALLEL_STARTS_MAX));
    }),
  );
});

test("after a failure nothing starts before its time, which is longer with each", () => {
  const it = { requested: 1, deploymentId: "new", environments: [], retryAtMs: 1000, bornAfterMs: 0 };

  assert.equal(allocate(it, 999).start, 0);
  assert.equal(allocate(it, 1000).start, 1);
  assert.deepEqual([1, 2, 3, 20].map(retryDelayMs), [1000, 2000, 4000, 60_000]);
  assert.equal(statusOf(it, "FUNCTION_ERROR_INIT_FAILURE").status, "FAILED");
  assert.equal(statusOf({ ...it, requested: 0 }, undefined).status, "READY");
});
