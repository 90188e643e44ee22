import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

test("as many as there are turns go on at once, the others in the order in which they came", async () => {
  const turns = createTurns(2);
  const begun: string[] = [];
  const take = async (name: string): Promise<Disposable> => {
    const turn = await turns.take();
    begun.push(name);
    return turn;
  };
  const [first, second, third, fourth] = [take("a"), take("b"), take("c"), take("d")];
  const a = await first;
  const b = await second;
  assert.deepEqual(begun, ["a", "b"]);

  b[Symbol.dispose]();
  b[Symbol.dispose]();
  const c = await third;
  assert.deepEqual(begun, ["a", "b", "c"]);

  a[Symbol.dispose]();
  const d = await fourth;
  c[Symbol.dispose]();
  d[Symbol.dispose]();
  (await take("e"))[Symbol.dispose]();
  assert.deepEqual(begun, ["a", "b", "c", "d", "e"]);
});
