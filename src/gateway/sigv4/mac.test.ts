import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { createMac } from "./mac.ts";

test("the codes are those of RFC 4231, and Node's own for keys and texts of every length", () => {
  const what = createMac(Buffer.from("Jefe"))("what do ya want for nothing?");
  assert.equal(what, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

  for (let length = 0; length <= 64; length++) {
    const key = randomBytes(length);
    const mac = createMac(key);
    for (const text of ["", "é", "x".repeat(length), randomBytes(length * 3).toString("base64")])
      assert.equal(mac(text), createHmac("sha256", key).update(text).digest("hex"));
  }
});

test("a key longer than a block is refused", () => {
  assert.throws(() => createMac(randomBytes(65)), RangeError);
});
