// The store of logs against a small model in memory, and its bounds one by one.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { comparePositions, eventBytes, type LogEvent, type Position } from "./batch.ts";
import type { LogsStore } from "./logs-store.ts";
import { aLogsStore, anEventQuery, scope, take } from "./logs-store.fixtures.ts";

const DAY_MS = 86_400_000;
const GROUP = "/aws/lambda/f";

async function groupId(store: LogsStore): Promise<number> {
  return (await store.group(scope, GROUP))?.id ?? 0;
}

const append = (store: LogsStore, stream: string, events: readonly LogEvent[], nowMs = 0): Promise<void> =>
  store.append(scope, GROUP, stream, events, nowMs);

/** Every page of a query, one after the other, as a client with tokens sees them. */
async function inPages(store: LogsStore, pageSize: number, direction: "forward" | "backward"): Promise<string[]> {
  const all: string[] = [];
  let beyond: Position | undefined;
  for (;;) {
    const page = await take(store, anEventQuery(await groupId(store), { direction, beyond }), pageSize);
    if (page.length === 0) return all;
    all.push(...page.map((it) => `${it.streamName} ${it.position.timestampMs} ${it.message}`));
    beyond = page.at(-1)?.position;
  }
}

const appends = fc.array(
  fc.record({
    stream: fc.constantFrom("a", "b", "c"),
    // Few different times, so that many are the same, and some far apart, so that batches are cut.
    times: fc.array(fc.oneof(fc.nat(5), fc.nat(200_000)), { minLength: 1, maxLength: 12 }),
  }),
  { maxLength: 30 },
);

interface Modelled {
  readonly timestampMs: number;
  readonly text: string;
}

/** What the store must hold: all events, by time, and those of one time in the order in which they came. */
async function fill(store: LogsStore, given: readonly { stream: string; times: number[] }[]): Promise<Modelled[]> {
  const model: Modelled[] = [];
  for (const [batch, { stream, times }] of given.entries()) {
    const events = times.map((timestampMs, index) => ({ timestampMs, message: `${batch}.${index}` }));
    await append(store, stream, events);
    model.push(
      ...events.map((it) => ({ timestampMs: it.timestampMs, text: `${stream} ${it.timestampMs} ${it.message}` })),
    );
  }
  return model.sort((a, b) => a.timestampMs - b.timestampMs);
}

test("whatever is appended is read in order of time, in pages of any size and both ways", async () => {
  await fc.assert(
    fc.asyncProperty(appends, fc.integer({ min: 1, max: 20 }), async (given, pageSize) => {
      await using store = await aLogsStore();

      const expected = (await fill(store, given)).map((it) => it.text);

      assert.deepEqual(await inPages(store, pageSize, "forward"), expected);
      assert.deepEqual(await inPages(store, pageSize, "backward"), expected.toReversed());
    }),
    { numRuns: 60 },
  );
});

test("a time window holds its first moment and not its last", async () => {
  await fc.assert(
    fc.asyncProperty(appends, fc.nat(100_000), fc.nat(100_000), async (given, fromMs, spanMs) => {
      await using store = await aLogsStore();
      const model = await fill(store, given);
      const untilMs = fromMs + spanMs;

      const found = await take(store, anEventQuery(await groupId(store), { fromMs, untilMs }));

      const expected = model.filter((it) => it.timestampMs >= fromMs && it.timestampMs < untilMs);
      assert.equal(found.length, expected.length);
    }),
    { numRuns: 40 },
  );
});

test("streams know their bytes and their first and last event, whatever order events come in", async () => {
  await fc.assert(
    fc.asyncProperty(appends, async (given) => {
      await using store = await aLogsStore();
      const model = await fill(store, given);

      for (const name of ["a", "b", "c"]) {
        const own = model.filter((it) => it.text.startsWith(`${name} `));
        const stream = await store.stream(await groupId(store), name);

        const bytes = own.reduce((sum, it) => sum + eventBytes(it.text.split(" ")[2] ?? ""), 0);
        assert.equal(stream?.bytes ?? 0, bytes);
        assert.deepEqual([stream?.firstEventMs, stream?.lastEventMs], [own[0]?.timestampMs, own.at(-1)?.timestampMs]);
      }
    }),
    { numRuns: 40 },
  );
});

test("positions sort as events do, and an event's stays the same while others come and go", async () => {
  await using store = await aLogsStore();
  await append(store, "a", [{ timestampMs: 5, message: "x" }]);
  const [before] = await take(store, anEventQuery(await groupId(store)));
  await append(store, "b", [
    { timestampMs: 5, message: "y" },
    { timestampMs: 1, message: "z" },
  ]);

  const after = await take(store, anEventQuery(await groupId(store)));

  assert.deepEqual(
    after.map((it) => it.message),
    ["z", "x", "y"],
  );
  assert.deepEqual(after[1]?.position, before?.position);
  assert.deepEqual(
    after.map((it) => it.position).toSorted(comparePositions),
    after.map((it) => it.position),
  );
});

test("events beyond the bound push out the oldest batches, and the count of bytes stays right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { minLength: 1, maxLength: 60 }), async (sizes) => {
      const bytesMax = 500;
      await using store = await aLogsStore({ bytesMax });
      for (const [at, size] of sizes.entries()) {
        await append(store, `${at % 3}`, [{ timestampMs: at, message: "x".repeat(size) }]);
      }

      const kept = await take(store, anEventQuery(await groupId(store)));

      const expected: number[] = [];
      let bytes = 0;
      for (const [at, size] of [...sizes.entries()].toReversed()) {
        bytes += size + 26;
        if (bytes > bytesMax) break;
        expected.unshift(at);
      }
      assert.deepEqual(
        kept.map((it) => it.position.timestampMs),
        expected,
      );
      const keptBytes = kept.reduce((sum, it) => sum + eventBytes(it.message), 0);
      assert.equal(await store.totalBytes(), keptBytes);
      assert.equal((await store.group(scope, GROUP))?.bytes, keptBytes);
    }),
    { numRuns: 40 },
  );
});

test("a group's retention removes what is older, and streams with nothing left", async () => {
  await using store = await aLogsStore();
  await append(store, "old", [{ timestampMs: DAY_MS, message: "gone" }]);
  await append(store, "both", [{ timestampMs: DAY_MS, message: "gone" }]);
  await append(store, "both", [{ timestampMs: 3 * DAY_MS, message: "kept" }]);
  await store.createStream(await groupId(store), "unused", 0);
  await store.setRetention(await groupId(store), 1);

  await store.expire(3 * DAY_MS + 1);

  const kept = await take(store, anEventQuery(await groupId(store)));
  assert.deepEqual(
    kept.map((it) => it.message),
    ["kept"],
  );
  const streams = await store.streams(await groupId(store), {
    prefix: "",
    orderBy: "name",
    descending: false,
    offset: 0,
    limit: 10,
  });
  assert.deepEqual(
    streams.map((it) => [it.name, it.firstEventMs]),
    [
      ["both", 3 * DAY_MS],
      ["unused", null],
    ],
  );
  assert.equal(await store.totalBytes(), eventBytes("kept"));
});

test("what is appended after its stream or group was deleted makes them anew", async () => {
  await using store = await aLogsStore();
  await append(store, "a", [{ timestampMs: 1, message: "x" }]);

  assert.equal(await store.deleteStream(await groupId(store), "a"), true);
  assert.equal(await store.totalBytes(), 0);
  await append(store, "a", [{ timestampMs: 2, message: "y" }]);
  await store.deleteGroup(await groupId(store));
  await append(store, "a", [{ timestampMs: 3, message: "z" }]);

  const kept = await take(store, anEventQuery(await groupId(store)));
  assert.deepEqual(
    kept.map((it) => it.message),
    ["z"],
  );
});

test("a prefix of stream names means itself: by case, with % and _ as they are", async () => {
  await using store = await aLogsStore();
  for (const name of ["a_1", "ab1", "A_1", "a%1"]) await append(store, name, [{ timestampMs: 1, message: name }]);

  const found = await take(store, anEventQuery(await groupId(store), { streamPrefix: "a_" }));

  assert.deepEqual(
    found.map((it) => it.message),
    ["a_1"],
  );
});
