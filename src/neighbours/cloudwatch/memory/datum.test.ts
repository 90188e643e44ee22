// Statistics of a datum against the values themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Datum } from "./datum.ts";

const value = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.double({ min: 0.01, max: 900_000, noNaN: true }),
  fc.constantFrom(0, 1),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });

function datumOf(all: readonly number[]): Datum {
  const datum = new Datum();
  for (const it of all) datum.add(it);
  return datum;
}

test("sums, extremes and counts are exact, percentiles within 2%", () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 100, noNaN: true }), (all, percent) => {
      const datum = datumOf(all);
      const sorted = all.toSorted((a, b) => a - b);

      assert.equal(datum.count, all.length);
      assert.equal(datum.min, sorted[0]);
      assert.equal(datum.max, sorted.at(-1));
      assert.ok(Math.abs(datum.sum - all.reduce((sum, it) => sum + it, 0)) <= 1e-6 * all.length * 900_000);
      const exact = sorted[Math.max(0, Math.ceil((percent / 100) * all.length) - 1)] ?? NaN;
      const found = datum.percentile(percent);
      assert.ok(Math.abs(found - exact) <= Math.abs(exact) * 0.02 + 1e-9, `${found} is not ${exact}`);
    }),
  );
});

test("data that are merged are as if their values had come one by one", () => {
  fc.assert(
    fc.property(values, values, (some, others) => {
      const merged = datumOf(some);
      merged.merge(datumOf(others));
      const whole = datumOf([...some, ...others]);

      assert.deepEqual([merged.count, merged.min, merged.max], [whole.count, whole.min, whole.max]);
      for (const percent of [0, 10, 50, 99, 100]) assert.equal(merged.percentile(percent), whole.percentile(percent));
    }),
  );
});

test("values that are all the same take no more room than one", () => {
  const datum = datumOf(Array.from({ length: 1_000 }, () => 1));
  assert.equal(datum.cells, 1);
  assert.equal(datum.percentile(99), 1);
  datum.add(0);
  assert.equal(datum.cells, 3);
  assert.equal(datum.percentile(0.05), 0);
});
