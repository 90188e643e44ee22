// Admission against a model: a list of admissions that are held, per account and region.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Admission, CONCURRENT_EXECUTIONS_DEFAULT, createCounting } from "./counting.ts";

interface Held {
  readonly pool: string;
  readonly admission: Admission;
}

const POOLS = ["111122223333/us-east-1", "111122223333/eu-central-1", "444455556666/us-east-1"] as const;
const admit = fc.record({ step: fc.constant("admit" as const), pool: fc.constantFrom(...POOLS) });
/** Disposes one of all admissions so far, whether it is still held, was given back before or never was one. */
const dispose = fc.record({ step: fc.constant("dispose" as const), which: fc.nat() });

// The model is the list of all admissions so far and the set of those that are held: whatever comes in whichever order, each
// pool counts its own, stays within the limit, throttles only at the limit, and is empty in the end.
test("in no interleaving is the limit passed, an execution refused below it, or a count leaked", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(fc.oneof(admit, dispose)), (limit, steps) => {
      const counting = createCounting(limit);
      const all: Held[] = [];
      const held = new Set<Held>();
      const heldOf = (pool: string): number => [...held].filter((it) => it.pool === pool).length;

      for (const it of steps) {
        if (it.step === "admit") {
          const [accountId = "", region = ""] = it.pool.split("/");
          const admission = counting.admit(accountId, region);
          assert.equal(admission.outcome, heldOf(it.pool) < limit ? "admitted" : "throttled");
          const entry = { pool: it.pool, admission };
          all.push(entry);
          if (admission.outcome === "admitted") held.add(entry);
        } else {
          const entry = all[it.which % Math.max(1, all.length)];
          entry?.admission[Symbol.dispose]();
          if (entry !== undefined) held.delete(entry);
        }
        for (const pool of POOLS) {
          const [accountId = "", region = ""] = pool.split("/");
          assert.equal(counting.inFlight(accountId, region), heldOf(pool));
        }
      }
    }),
  );
});

test("a throttled request is told why, and the next one is admitted when an execution has ended", () => {
  const counting = createCounting(1);
  const first = counting.admit("a", "r");

  const second = counting.admit("a", "r");
  first[Symbol.dispose]();
  const third = counting.admit("a", "r");

  assert.equal(second.outcome === "throttled" && second.reason, "ConcurrentInvocationLimitExceeded");
  assert.equal(third.outcome, "admitted");
});

test("an account starts with AWS's pool of 1,000", () => {
  const counting = createCounting();
  for (let admitted = 0; admitted < 1000; admitted++) assert.equal(counting.admit("a", "r").outcome, "admitted");

  assert.equal(counting.admit("a", "r").outcome, "throttled");
  assert.equal(CONCURRENT_EXECUTIONS_DEFAULT, 1000);
});
