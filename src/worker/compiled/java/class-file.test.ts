import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readClassFile } from "./class-file.ts";
import { aClassFile } from "./class-file.fixtures.ts";

test("a class file says its name, its ancestors and what it leans on", () => {
  const bytes = aClassFile({
    name: "example/Hello",
    superName: "example/Base",
    interfaces: ["java/io/Closeable", "example/Greets"],
    references: ["example/Helper", "[[Lexample/Element;", "[I"],
    strings: ["com.example.ByName", "hello"],
  });

  const file = readClassFile(bytes);

  assert.ok(file !== undefined);
  assert.deepEqual([file.name, file.superName], ["example/Hello", "example/Base"]);
  assert.deepEqual(file.interfaces, ["java/io/Closeable", "example/Greets"]);
  for (const name of ["example/Helper", "example/Element", "com/example/ByName", "example/Base"])
    assert.ok(file.references.includes(name), name);
  assert.ok(!file.references.includes("example/Hello"), "it leans on itself");
});

test("what is cut anywhere, or is no class file, is none", () => {
  const whole = aClassFile({ interfaces: ["a/B"], references: ["c/D"], strings: ["e"] });
  // Fields, methods and attributes are not looked at.
  const read = whole.length - 6;

  for (let length = 0; length < read; length++) assert.equal(readClassFile(whole.subarray(0, length)), undefined);
  assert.equal(readClassFile(Buffer.from("#!/bin/sh\necho no class at all")), undefined);
});

test("no bytes make reading fail", () => {
  const whole = aClassFile({ interfaces: ["a/B"], references: ["c/D"] });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;

      const file = readClassFile(bytes);

      assert.ok(file === undefined || file.name !== "");
    }),
  );
});
