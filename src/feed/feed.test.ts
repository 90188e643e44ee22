// The feed as its readers see it: order, the ring's bound, waiting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeed } from "./feed.ts";

const left = (workerId: string) => ({ event: "WorkerLeft" as const, workerId });

test("events come in order, each with its place and time, after the place that was asked for", () => {
  const feed = createFeed(() => 7);
  for (const id of ["a", "b", "c"]) feed.publish(left(id));

  assert.deepEqual(feed.after(1, 10), [
    { sequence: 2, atMs: 7, event: "WorkerLeft", workerId: "b" },
    { sequence: 3, atMs: 7, event: "WorkerLeft", workerId: "c" },
  ]);
  assert.equal(feed.after(0, 2).length, 2);
  assert.equal(feed.newest(), 3);
});

test("a full ring keeps the newest", () => {
  const feed = createFeed(() => 0, 3);
  for (const id of ["a", "b", "c", "d"]) feed.publish(left(id));

  assert.deepEqual(
    feed.after(0, 10).map((it) => it.sequence),
    [2, 3, 4],
  );
});

test("waiting ends with the next event, or with the signal", async () => {
  const feed = createFeed(() => 0);
  const abort = new AbortController();
  const woken = feed.wait(0, abort.signal);
  feed.publish(left("a"));
  await woken;
  await feed.wait(0, abort.signal);

  const called = feed.wait(1, abort.signal);
  abort.abort();
  await called;
  assert.equal(feed.newest(), 1);
});
