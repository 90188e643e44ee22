import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFramedFiles } from "./framed-files.ts";

function framed(name: string, content: Buffer): Buffer {
  const bytes = Buffer.from(name);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes.length, 0);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, bytes, content]);
}

const part = fc.stringMatching(/^[\w-][\w.-]{0,11}$/u);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

test("files come out as they were handed over", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(path, fc.uint8Array({ maxLength: 64 })), { maxLength: 6 }), (files) => {
      const stream = Buffer.concat(files.map(([name, content]) => framed(name, Buffer.from(content))));

      const read = readFramedFiles(stream);

      assert.deepEqual(
        read?.map((it) => [it.name, [...it.content]]),
        files.map(([name, content]) => [name, [...content]]),
      );
    }),
  );
});

test("a name that leads out of its directory, or to it, refuses the whole stream", () => {
  for (const name of ["../a", "a/../../b", "/etc/passwd", "", ".", "a//b", "a/./b", "a\0b"]) {
    assert.equal(
      readFramedFiles(Buffer.concat([framed("good", Buffer.from("x")), framed(name, Buffer.alloc(1))])),
      undefined,
    );
  }
});

test("a stream that was cut is none", () => {
  const whole = framed("a/b", Buffer.from("content"));

  for (let length = 1; length < whole.length; length++) {
    assert.equal(readFramedFiles(whole.subarray(0, length)), undefined);
  }
});

test("lengths that no stream has are refused before anything is read by them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), (bytes) => {
      const files = readFramedFiles(Buffer.from(bytes)) ?? [];

      assert.ok(files.every((it) => it.content.length <= bytes.length));
    }),
  );
});
