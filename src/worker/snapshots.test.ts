// What is initialised ahead serves once, does not grow old, and is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../foundation/clock.ts";
import { type Kept, Snapshots } from "./snapshots.ts";

const HOUR_MS = 3_600_000;

function aGround() {
  const clock = createVirtualClock();
  const ended: string[] = [];
  const faults: unknown[] = [];
  const snapshots = new Snapshots<Kept>(clock, (error) => faults.push(error));
  const held = (name: string): Kept => ({
    stop: () => {
      ended.push(name);
      return Promise.resolve();
    },
  });
  return { clock, ended, faults, snapshots, held };
}

test("what is taken is the taker's, and is there once", async () => {
  const { snapshots, ended, held } = aGround();
  const one = held("one");
  snapshots.keep("a", one);

  assert.deepEqual([snapshots.has("a"), snapshots.take("a"), snapshots.take("a")], [true, one, undefined]);
  await snapshots.stop();
  assert.deepEqual(ended, []);
});

test("what is replaced, dropped, too old or one too many is ended", () => {
  const { clock, snapshots, ended, held } = aGround();
  snapshots.keep("a", held("replaced"));
  snapshots.keep("a", held("old"));
  snapshots.keep("b", held("dropped"));
  snapshots.drop(["b", "unknown"]);
  clock.advance(2 * HOUR_MS);
  snapshots.keep("c", held("c"));
  clock.advance(1 * HOUR_MS);
  snapshots.expire();
  assert.deepEqual(ended, ["replaced", "dropped"]);

  clock.advance(1);
  snapshots.expire();
  assert.deepEqual(ended, ["replaced", "dropped", "old"]);

  for (let i = 0; i < 64; i++) snapshots.keep(`more ${i}`, held(`more ${i}`));
  assert.deepEqual(ended.slice(3), ["c"]);
});

test("one that ended by itself is forgotten; the end ends the others, and what goes wrong at it is told", async () => {
  const { snapshots, ended, faults, held } = aGround();
  const gone = held("gone");
  snapshots.keep("a", gone);
  snapshots.forget(gone);
  snapshots.keep("b", held("b"));
  const error = new Error("cannot end");
  snapshots.keep("c", { stop: () => Promise.reject(error) });
  snapshots.drop(["c"]);

  await snapshots.stop();

  assert.deepEqual([snapshots.has("a"), ended, faults], [false, ["b"], [error]]);
});
