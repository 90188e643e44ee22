// A reader of the feed: every event once, in order, and what the ring has let go is counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../foundation/clock.ts";
import { createFeed, type Numbered } from "./feed.ts";
import { readFeed } from "./feed-reader.ts";

const left = (workerId: string) => ({ event: "WorkerLeft" as const, workerId });
const noFault = (error: unknown): never => assert.fail(String(error));

function aReader(kept?: number) {
  const clock = createVirtualClock();
  const feed = createFeed(clock.nowMs, kept);
  const taken: Numbered[] = [];
  const reader = readFeed(feed, clock, (it) => taken.push(it), noFault);
  return { clock, feed, reader, seen: () => taken.map((it) => it.sequence) };
}

/** Lets what waits for a promise go on. */
const turn = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test("events are taken a while after they were published, and at once by whoever catches up", async () => {
  const { clock, feed, reader, seen } = aReader();
  feed.publish(left("a"));
  feed.publish(left("b"));
  await turn();
  assert.deepEqual(seen(), []);
  clock.advance(100);
  await turn();
  assert.deepEqual(seen(), [1, 2]);

  feed.publish(left("c"));
  reader.catchUp();
  assert.deepEqual(seen(), [1, 2, 3]);
  reader[Symbol.dispose]();
});

test("what the ring let go before it was read is counted", () => {
  const { feed, reader, seen } = aReader(3);
  for (const id of ["a", "b", "c", "d", "e"]) feed.publish(left(id));
  reader.catchUp();

  assert.deepEqual(seen(), [3, 4, 5]);
  assert.equal(reader.lost(), 2);
  reader[Symbol.dispose]();
});

test("a reader that was disposed takes nothing more", async () => {
  const { clock, feed, reader, seen } = aReader();
  reader[Symbol.dispose]();
  reader[Symbol.dispose]();
  feed.publish(left("a"));
  clock.advance(1_000);
  await turn();

  assert.deepEqual(seen(), []);
});
