// The virtual clock against a model, and waiting by it: tests and the simulator stand on its order.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { type Clock, createVirtualClock, sleep } from "./clock.ts";

const delay = fc.nat(20);

// Whatever is armed and called off, each timer that is left fires once: by its time, and at one time in the order of arming.
test("timers fire at their time, in its order, and those of one time in the order they were made", () => {
  const timer = fc.record({ delayMs: delay, isCalledOff: fc.boolean() });
  fc.assert(
    fc.property(fc.array(timer), fc.array(delay), (timers, steps) => {
      const clock = createVirtualClock(1000);
      const fired: [number, number][] = [];
      const armed = timers.map(({ delayMs }, index) => clock.after(delayMs, () => fired.push([index, clock.nowMs()])));
      for (const [index, { isCalledOff }] of timers.entries()) if (isCalledOff) armed[index]?.[Symbol.dispose]();

      for (const step of steps) clock.advance(step);

      const passedMs = steps.reduce((sum, it) => sum + it, 0);
      const due = timers
        .map((it, index) => ({ ...it, index }))
        .filter((it) => !it.isCalledOff && it.delayMs <= passedMs);
      const isReached = steps.length > 0;
      const expected = due.toSorted((a, b) => a.delayMs - b.delayMs).map((it) => [it.index, 1000 + it.delayMs]);
      assert.deepEqual(fired, isReached ? expected : []);
      assert.equal(clock.nowMs(), 1000 + passedMs);
      assert.equal(clock.elapsedMs(), passedMs);
    }),
  );
});

test("a timer that a timer makes fires in the same advance, if its time is reached, and sees its own time", () => {
  const clock = createVirtualClock();
  const fired: string[] = [];
  clock.after(10, () => {
    clock.after(5, () => fired.push(`inner at ${clock.nowMs()}`));
    clock.after(50, () => fired.push("too late"));
  });
  clock.after(20, () => fired.push(`outer at ${clock.nowMs()}`));

  clock.advance(30);

  assert.deepEqual(fired, ["inner at 15", "outer at 20"]);
});

test("a timer can be called off by one that fires before it, and twice", () => {
  const clock = createVirtualClock();
  const fired: string[] = [];
  const second = clock.after(2, () => fired.push("second"));
  clock.after(1, () => second[Symbol.dispose]());

  clock.advance(5);
  second[Symbol.dispose]();

  assert.deepEqual(fired, []);
});

test("sleep ends at its time and leaves nothing on the signal", async () => {
  const clock = createVirtualClock();
  const { signal } = new AbortController();
  const slept = sleep(clock, 100, signal);

  clock.advance(100);

  await slept;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("sleep ends with the signal's reason, before or while it waits, and its timer is called off", async () => {
  const calledOff: number[] = [];
  const clock: Clock = {
    ...createVirtualClock(),
    after: (delayMs) => ({ [Symbol.dispose]: () => calledOff.push(delayMs) }),
  };
  const abort = new AbortController();
  const slept = sleep(clock, 100, abort.signal);
  const reason = new Error("enough");

  abort.abort(reason);

  await assert.rejects(slept, reason);
  await assert.rejects(sleep(clock, 200, abort.signal), reason);
  assert.deepEqual(calledOff, [100]);
});
