// The queue against the simplest one there is: a list that is looked through.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createVirtualClock } from "../../foundation/clock.ts";
import { type Expiring, ExpiryQueue } from "./expiry-queue.ts";

interface Item extends Expiring {
  readonly name: number;
}

test("whatever is set, moved and taken back, each thing is over exactly at its time, once", () => {
  const step = fc.record({
    item: fc.nat({ max: 5 }),
    delayMs: fc.option(fc.nat({ max: 50 })),
    waitMs: fc.nat({ max: 30 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = createVirtualClock();
      const over: [number, number][] = [];
      const queue = new ExpiryQueue<Item>(clock, (it) => {
        it.expiresAtMs = undefined;
        over.push([it.name, clock.nowMs()]);
      });
      const items = Array.from(
        { length: 6 },
        (_, name): Item => ({ name, expiresAtMs: undefined, queuedAtMs: undefined }),
      );
      const expected: [number, number][] = [];
      for (const { item, delayMs, waitMs } of steps) {
        const it = items[item];
        if (it === undefined) continue;
        it.expiresAtMs = delayMs === null ? undefined : clock.nowMs() + delayMs;
        queue.watch(it);
        const untilMs = clock.nowMs() + waitMs;
        for (const one of items) {
          if (one.expiresAtMs !== undefined && one.expiresAtMs <= untilMs) expected.push([one.name, one.expiresAtMs]);
        }
        clock.advance(waitMs);
      }
      const byTime = (a: [number, number], b: [number, number]): number => a[1] - b[1] || a[0] - b[0];
      assert.deepEqual(over.sort(byTime), expected.sort(byTime));
    }),
  );
});

test("a thing that is used again and again has one entry and no timer of its own", () => {
  const clock = createVirtualClock();
  let timers = 0;
  const counted = {
    ...clock,
    after(delayMs: number, then: () => void) {
      timers++;
      return clock.after(delayMs, then);
    },
  };
  const queue = new ExpiryQueue<Item>(counted, () => undefined);
  const it: Item = { name: 0, expiresAtMs: undefined, queuedAtMs: undefined };

  for (let used = 0; used < 1000; used++) {
    it.expiresAtMs = clock.nowMs() + 5000;
    queue.watch(it);
    it.expiresAtMs = undefined;
    clock.advance(1);
  }

  assert.equal(timers, 1);
});
