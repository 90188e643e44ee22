// The CBOR codec against itself, against the SDK's own, and against what no client sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { ServiceException } from "../../model/operation.ts";
import { decodeCbor, encodeCbor } from "./cbor.ts";

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((it) => !Object.is(it, -0)),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("tree"), { maxLength: 30 }),
    fc.dictionary(
      fc.string().filter((it) => it !== "__proto__"),
      tie("tree"),
      { maxKeys: 30, noNullPrototype: true },
    ),
  ),
}));

test("what is written is read back, by the SDK's codec too", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const bytes = encodeCbor(value);
      assert.deepEqual(decodeCbor(bytes), value);
      assert.deepEqual(cbor.deserialize(bytes), value);
    }),
  );
});

test("what the SDK writes is read", () => {
  fc.assert(
    fc.property(tree, (value) => {
      assert.deepEqual(decodeCbor(Buffer.from(cbor.serialize(value))), value);
    }),
  );
});

test("dates are epoch seconds with their tag, bytes come as base64, undefined members not at all", () => {
  assert.equal(encodeCbor(new Date(1_500)).toString("hex"), "c1fb3ff8000000000000");
  assert.deepEqual(decodeCbor(encodeCbor({ at: new Date(1_500), blob: Buffer.from("hi"), none: undefined })), {
    at: 1.5,
    blob: "aGk=",
  });
});

// Source of the bytes: RFC 8949, appendix A.
test("every form of the RFC's examples is read", () => {
  for (const [hex, value] of [
    ["f93c00", 1],
    ["f9c400", -4],
    ["f97bff", 65_504],
    ["f90001", 5.960_464_477_539_063e-8],
    ["fa47c35000", 100_000],
    ["f97c00", Infinity],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["3903e7", -1_000],
    ["c11a514b67b0", 1_363_896_240],
    ["5f42010243030405ff", "AQIDBAU="],
    ["7f657374726561646d696e67ff", "streaming"],
    ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
    ["bf6346756ef563416d7421ff", { Fun: true, Amt: -2 }],
  ] as const)
    assert.deepEqual(decodeCbor(Buffer.from(hex, "hex")), value, hex);
});

test("what is malformed, cut or too deep is AWS's SerializationException, whatever the bytes", () => {
  for (const hex of ["", "ff", "18", "1c", "0001", "9fff00", "a1ff00", "a10001", "5f00ff", "1f", "fc", "c1ff"])
    assert.throws(() => decodeCbor(Buffer.from(hex, "hex")), ServiceException, hex);
  assert.throws(() => decodeCbor(Buffer.alloc(100_000, 0x81)), ServiceException);
  // A list that claims more than there is.
  assert.throws(() => decodeCbor(Buffer.from("9bffffffffffffffff00", "hex")), ServiceException);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeCbor(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof ServiceException);
      }
    }),
  );
});
