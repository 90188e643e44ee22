// When a sandbox is frozen: soon after its last work, later where the next work keeps coming right after that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../foundation/clock.ts";
import { createFreezer, type Freezer } from "./freezer.ts";

interface FreezerUnderTest {
  readonly freezer: Freezer;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly done: string[];
  isIdle: boolean;
}

function aFreezer(): FreezerUnderTest {
  const clock = createVirtualClock(0);
  const made: Omit<FreezerUnderTest, "freezer"> = { clock, done: [], isIdle: true };
  const sandbox = { freeze: () => void made.done.push("frozen"), thaw: () => void made.done.push("thawed") };
  return Object.assign(made, { freezer: createFreezer(clock, sandbox, () => made.isIdle) });
}

/** Milliseconds of rest until it is frozen. */
function restUntilFrozen({ freezer, clock, done }: FreezerUnderTest): number {
  const before = done.length;
  freezer.freezeSoon();
  for (let ms = 1; ms <= 1_000; ms++) {
    clock.advance(1);
    if (done.length > before) return ms;
  }
  throw new Error("it was not frozen within a second");
}

test("a sandbox at rest is frozen 10 ms after its work, and thawed for the next", () => {
  const of = aFreezer();
  assert.equal(restUntilFrozen(of), 10);
  of.freezer.thaw();
  assert.deepEqual(of.done, ["frozen", "thawed"]);
});

test("work that comes before the freezing leaves it awake", () => {
  const of = aFreezer();
  of.freezer.freezeSoon();
  of.clock.advance(9);
  of.freezer.thaw();
  of.clock.advance(1_000);
  assert.deepEqual(of.done, []);
});

test("what is at work when the time comes is not frozen", () => {
  const of = aFreezer();
  of.isIdle = false;
  of.freezer.freezeSoon();
  of.clock.advance(1_000);
  assert.deepEqual(of.done, []);
});

test("where work keeps coming right after the freezing, it waits up to 80 ms; a rest makes it 10 again", () => {
  const of = aFreezer();
  const waits: number[] = [];
  for (let again = 0; again < 5; again++) {
    waits.push(restUntilFrozen(of));
    of.clock.advance(5);
    of.freezer.thaw();
  }
  assert.deepEqual(waits, [10, 20, 40, 80, 80]);
  restUntilFrozen(of);
  of.clock.advance(500);
  of.freezer.thaw();
  assert.equal(restUntilFrozen(of), 10);
});
