// AWS's constraints: the words of each fault, their order and number, and that nothing is refused without a reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Constraint, faultsIn } from "./validation.ts";

test("each constraint has AWS's words", () => {
  const cases: readonly (readonly [Constraint, string | undefined])[] = [
    [
      { name: "code", value: undefined, required: true },
      "Value null at 'code' failed to satisfy constraint: Member must not be null",
    ],
    [{ name: "code", value: undefined }, undefined],
    [
      { name: "timeout", value: 901, range: [1, 900] },
      "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ],
    [
      { name: "timeout", value: 0, range: [1, 900] },
      "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { name: "handler", value: "a b", pattern: "[^\\s]+" },
      "Value 'a b' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\s]+",
    ],
    [
      { name: "architectures", value: [], length: [1, 1] },
      "Value '[]' at 'architectures' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { name: "architectures", value: ["a", "b"], length: [1, 1] },
      "Value '[a, b]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
    [
      { name: "architectures", value: ["mips"], itemValues: ["x86_64", "arm64"] },
      "Value '[mips]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    ],
    [
      { name: "layers", value: ["a", "b1"], itemPattern: "[a-z]+", itemLength: [1, 9] },
      "Value '[a, b1]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 9, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+, Member must not be null]",
    ],
    [
      { name: "packageType", value: "Tar", values: ["Zip", "Image"] },
      "Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: [Zip, Image]",
    ],
    [
      { name: "environment.variables", value: { "1": "secret" }, keyPattern: "[a-zA-Z]+", isSensitive: true },
      "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]+]",
    ],
    [
      { name: "tags", value: { a: "1", b: "2" }, length: [0, 1] },
      "Value '{a=1, b=2}' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
  ];
  for (const [constraint, fault] of cases) {
    assert.equal(faultsIn([constraint]), fault === undefined ? undefined : `1 validation error detected: ${fault}`);
  }
});

test("all faults are told at once, in the order in which the constraints are given", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (holds) => {
      const constraints = holds.map((it, index) => ({ name: `m${index}`, value: it ? 1 : 9, range: [1, 5] as const }));

      const told = faultsIn(constraints);

      const expected = constraints.filter((it) => it.value === 9).map((it) => it.name);
      assert.deepEqual(
        [...(told ?? "").matchAll(/at '(m\d+)'/gu)].map((it) => it[1]),
        expected,
      );
      if (expected.length === 0) assert.equal(told, undefined);
      else
        assert.ok(
          told?.startsWith(`${expected.length} validation error${expected.length === 1 ? "" : "s"} detected: `),
        );
    }),
  );
});

test("a length and a range hold exactly what is within them", () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.nat(25), (low, more, size) => {
      const bounds = [low, low + more] as const;
      const isWithin = size >= bounds[0] && size <= bounds[1];

      assert.equal(faultsIn([{ name: "n", value: size, range: bounds }]) === undefined, isWithin);
      assert.equal(faultsIn([{ name: "n", value: "x".repeat(size), length: bounds }]) === undefined, isWithin);
    }),
  );
});
