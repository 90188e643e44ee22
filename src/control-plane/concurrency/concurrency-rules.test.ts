// How the pool is given out: by examples at the edges, and by property over every sequence of changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { claimOf, type FunctionConcurrency, NO_CONCURRENCY, totalProvisioned } from "../../model/concurrency.ts";
import { ServiceException } from "../../model/operation.ts";
import { checkProvisioned, checkReserved, unreserved, withProvisioned } from "./concurrency-rules.ts";

function refusal(run: () => void): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ServiceException);
    return error.message;
  }
  return "taken";
}

const pool = { limit: 1000, claimedByOthers: 300 };

test("a reservation leaves at least a hundred unreserved", () => {
  assert.equal(
    refusal(() => checkReserved(NO_CONCURRENCY, 600, pool)),
    "taken",
  );
  assert.equal(
    refusal(() => checkReserved(NO_CONCURRENCY, 601, pool)),
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
});

test("an account that can't keep a hundred keeps ten", () => {
  const small = { limit: 24, claimedByOthers: 0 };

  assert.equal(
    refusal(() => checkReserved(NO_CONCURRENCY, 14, small)),
    "taken",
  );
  assert.match(
    refusal(() => checkReserved(NO_CONCURRENCY, 15, small)),
    /minimum value of \[10\]\.$/u,
  );
});

test("what takes no more than before is never refused, however little is left", () => {
  const before = { ...NO_CONCURRENCY, reserved: 950 };
  const shrunk = { limit: 500, claimedByOthers: 100 };

  assert.equal(
    refusal(() => checkReserved(before, 900, shrunk)),
    "taken",
  );
  assert.equal(
    refusal(() => checkReserved(NO_CONCURRENCY, 0, { limit: 50, claimedByOthers: 60 })),
    "taken",
  );
});

test("a reservation can't be less than what is provisioned, nor that more than the reservation", () => {
  const before = withProvisioned(withProvisioned(NO_CONCURRENCY, "1", 3), "prod", 4);

  assert.equal(
    refusal(() => checkReserved(before, 6, pool)),
    " ReservedConcurrentExecutions  6 should not be lower than function's total provisioned concurrency [7].",
  );
  assert.equal(
    refusal(() => checkProvisioned({ ...before, reserved: 7 }, { qualifier: "1", requested: 4 }, pool)),
    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
  );
  assert.equal(
    refusal(() => checkProvisioned({ ...before, reserved: 8 }, { qualifier: "1", requested: 4 }, pool)),
    "taken",
  );
});

test("without a reservation, provisioned concurrency comes out of the account's pool", () => {
  const ask = (requested: number): string =>
    refusal(() => checkProvisioned(NO_CONCURRENCY, { qualifier: "1", requested }, pool));

  assert.equal(ask(600), "taken");
  assert.equal(
    ask(601),
    "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
  assert.equal(
    ask(701),
    "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [700].",
  );
});

test("whatever is asked for in whatever order, a hundred stay and no function provisions more than it reserves", () => {
  const change = fc.record({
    at: fc.nat(3),
    what: fc.constantFrom("reserve", "release", "provision", "drop"),
    qualifier: fc.constantFrom("1", "2"),
    amount: fc.integer({ min: 1, max: 1200 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const all: FunctionConcurrency[] = Array.from({ length: 4 }, () => NO_CONCURRENCY);
      for (const { at, what, qualifier, amount } of changes) {
        const before = all[at] ?? NO_CONCURRENCY;
        const claimedByOthers = all.reduce((sum, it, index) => (index === at ? sum : sum + claimOf(it)), 0);
        const facts = { limit: 1000, claimedByOthers };
        const apply = (check: () => void, after: FunctionConcurrency): void => {
          if (refusal(check) === "taken") all[at] = after;
        };
        if (what === "reserve") apply(() => checkReserved(before, amount, facts), { ...before, reserved: amount });
        if (what === "release") all[at] = { ...before, reserved: undefined };
        if (what === "drop") all[at] = withProvisioned(before, qualifier, undefined);
        if (what === "provision")
          apply(
            () => checkProvisioned(before, { qualifier, requested: amount }, facts),
            withProvisioned(before, qualifier, amount),
          );
        assert.ok(unreserved(1000, all) >= 100);
        for (const it of all) assert.ok(totalProvisioned(it) <= (it.reserved ?? 1000));
      }
    }),
  );
});
