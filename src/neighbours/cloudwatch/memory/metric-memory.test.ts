// What the memory keeps, and in which order it lets go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricMemory, type SeriesName } from "./metric-memory.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const aSeries = (metricName: string): SeriesName => ({
  accountId: "1",
  region: "r",
  namespace: "n",
  metricName,
  dimensions: [],
  unit: "Count",
});
const put = (memory: MetricMemory, name: string, atMs: number): void =>
  memory.record(aSeries(name), atMs, (it) => it.add(1));
const minutesOf = (memory: MetricMemory, name: string): number[] =>
  memory.read(aSeries(name), 0, Infinity).map((it) => it.startMs / MINUTE);

test("values are kept by the minute and read oldest first, whenever they were put", () => {
  const memory = new MetricMemory();
  for (const atMs of [3 * MINUTE + 5, MINUTE, 3 * MINUTE]) put(memory, "m", atMs);

  assert.deepEqual(minutesOf(memory, "m"), [1, 3]);
  assert.deepEqual(
    memory.read(aSeries("m"), 2 * MINUTE, 4 * MINUTE).map((it) => it.datum.count),
    [2],
  );
  assert.deepEqual(memory.read({ ...aSeries("m"), unit: "Seconds" }, 0, Infinity), []);
});

test("dimensions tell series apart, in whichever order they are given", () => {
  const memory = new MetricMemory();
  const [a, b] = [
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ] as const;
  memory.record({ ...aSeries("m"), dimensions: [a, b] }, 0, (it) => it.add(1));
  memory.record({ ...aSeries("m"), dimensions: [b, a] }, 0, (it) => it.add(1));

  assert.equal(memory.list("1", "r").length, 1);
  assert.deepEqual(memory.read({ ...aSeries("m"), dimensions: [a] }, 0, MINUTE), []);
});

test("after 15 days a minute goes, and with its last one the series", () => {
  const memory = new MetricMemory();
  put(memory, "old", 0);
  put(memory, "kept", DAY);
  memory.trim(15 * DAY + 2 * MINUTE);

  assert.deepEqual(minutesOf(memory, "old"), []);
  assert.deepEqual(
    memory.list("1", "r").map((it) => it.metricName),
    ["kept"],
  );
});

test("over the bound the oldest minutes go, and the newest stays", () => {
  const memory = new MetricMemory({ cells: 3, series: 100 });
  for (let minute = 0; minute < 5; minute++) put(memory, "m", minute * MINUTE);
  memory.trim(5 * MINUTE);
  assert.deepEqual(minutesOf(memory, "m"), [2, 3, 4]);

  for (let i = 0; i < 10; i++) put(memory, `m${i}`, 4 * MINUTE);
  memory.trim(5 * MINUTE);
  assert.deepEqual(minutesOf(memory, "m"), [4]);
  memory.clear();
  assert.deepEqual(minutesOf(memory, "m"), []);
});

test("with too many series, those go that had no value for the longest time", () => {
  const memory = new MetricMemory({ cells: 1_000, series: 10 });
  for (let i = 0; i < 10; i++) put(memory, `m${i}`, i * MINUTE);
  put(memory, "m0", 20 * MINUTE);
  put(memory, "new", 20 * MINUTE);

  const names = memory.list("1", "r").map((it) => it.metricName);
  assert.equal(names.length, 10);
  assert.ok(!names.includes("m1") && names.includes("m0") && names.includes("new"));
  assert.deepEqual(minutesOf(memory, "m1"), []);
});
