// Giving waits for taking, what was given comes in order, and nobody waits for a taker who has gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandover } from "./handover.ts";

test("items come in order, and each giving is done when its item was taken", async () => {
  const { give, end, items } = createHandover<number>();
  const done: number[] = [];
  const given = Promise.all([1, 2, 3].map((it) => give(it).then(() => done.push(it))));
  const seen: unknown[] = [];

  for await (const item of items) {
    seen.push([item, done.length]);
    if (item === 3) end();
  }
  await given;

  assert.deepEqual(seen, [
    [1, 0],
    [2, 1],
    [3, 2],
  ]);
});

test("what is given to a taker who has stopped is dropped at once", async () => {
  const { give, items } = createHandover<string>();
  const first = give("a");
  const second = give("b");

  for await (const item of items) {
    assert.equal(item, "a");
    break;
  }

  await Promise.all([first, second, give("c")]);
});
