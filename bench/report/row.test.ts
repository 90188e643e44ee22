// How rows are judged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast, atMost, compared, figures, row, verdict } from "./row.ts";

const given = { id: "a.b", what: "a thing", unit: "ms" };

test("a row with a yardstick is judged by its ratio", () => {
  const measured = row({ ...given, hearth: [3, 3, 3], yardstick: [2, 2, 2], target: atMost(2, 1.5) });

  assert.equal(compared(measured), 1.5);
  assert.equal(verdict(measured), "stretch");
});

test("a row without a yardstick is judged by its value", () => {
  assert.equal(verdict(row({ ...given, hearth: [400], target: atMost(600, 300) })), "met");
  assert.equal(verdict(row({ ...given, hearth: [250], target: atLeast(300, 600) })), "missed");
});

test("what was not measured is neither met nor missed", () => {
  assert.equal(verdict({ id: "a", what: "a", notAvailable: "no registry has it" }), "not available");
  assert.equal(verdict(row({ ...given, hearth: [1] })), "no target");
});

test("figures are the median, the 99th percentile and the count", () => {
  const values = Array.from({ length: 200 }, (_, index) => index);

  assert.deepEqual(figures(values), { median: 100, p99: 198, count: 200 });
});
