// The picture and the table of results that were made up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plot } from "./plot.ts";
import { results } from "./results.ts";
import { atMost, row } from "./row.ts";
import { table } from "./table.ts";

const made = results({ at: "2026-01-01T00:00:00.000Z", isQuick: false, tookSeconds: 1, machine: { cpus: 2 } }, [
  {
    section: "warm",
    tookSeconds: 1,
    error: undefined,
    rows: [
      row({ id: "warm.p50", what: "warm <p50>", unit: "ms", hearth: [3], yardstick: [1], target: atMost(2, 1.5) }),
      { id: "peers.x", what: "peer x", notAvailable: "no registry has it" },
    ],
  },
  { section: "cold", tookSeconds: 1, error: "no runc", rows: [] },
]);

test("a missed target has its mark, its colour and a place for the reason", () => {
  const svg = plot(made);

  assert.match(svg, /class="bad"[^>]*width="216\.0"/u);
  assert.match(svg, /class="mark" x1="596\.0"/u);
  assert.match(table(made), /MISSED/u);
  assert.match(table(made), /warm <p50>: not looked into yet/u);
});

test("texts are escaped, and every row is there", () => {
  const svg = plot(made);

  assert.match(svg, /warm &lt;p50&gt;/u);
  assert.match(svg, /peer x/u);
});

test("the table tells what could not be measured, and which sections failed", () => {
  assert.match(table(made), /peer x: no registry has it/u);
  assert.match(table(made), /cold failed: no runc/u);
});
