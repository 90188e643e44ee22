import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { offsetOf, pageOf, tokenOf } from "./page-token.ts";

test("pages by their tokens give the whole list, in order, once", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (all, limit) => {
      const seen: number[] = [];
      let token: string | undefined;
      do {
        const { items, next } = pageOf(all, offsetOf(token) ?? Number.NaN, limit);
        assert.ok(items.length <= limit);
        seen.push(...items);
        token = next;
      } while (token !== undefined);
      assert.deepEqual(seen, all);
    }),
  );
});

test("what is no token of ours is told from one", () => {
  assert.deepEqual([offsetOf(undefined), offsetOf(tokenOf(7))], [0, 7]);
  for (const token of [
    "",
    "x",
    "YXQ6",
    Buffer.from("at:-1").toString("base64"),
    Buffer.from("at:1x").toString("base64"),
  ])
    assert.equal(offsetOf(token), undefined);
});
