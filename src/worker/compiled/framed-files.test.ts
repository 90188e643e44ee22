import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FramedFiles } from "./framed-files.ts";

function framed(name: string, content: Buffer): Buffer {
  const bytes = Buffer.from(name);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes.length, 0);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, bytes, content]);
}

/** The files of a stream that comes in pieces of that size; undefined where it is none, or was cut. */
function readAll(stream: Buffer, pieceBytes = stream.length): [string, number[]][] | undefined {
  const reader = new FramedFiles();
  const files: [string, number[]][] = [];
  for (let at = 0; at < stream.length; at += pieceBytes) {
    for (const part of reader.read(stream.subarray(at, at + pieceBytes))) {
      if ("begins" in part) files.push([part.begins, []]);
      else files.at(-1)?.[1].push(...part.content);
    }
  }
  return reader.isWhole() ? files : undefined;
}

const part = fc.stringMatching(/^[\w-][\w.-]{0,11}$/u);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const somewhere = fc.array(fc.tuple(path, fc.uint8Array({ maxLength: 64 })), { maxLength: 6 });

test("files come out as they were handed over, in whatever pieces they come", () => {
  fc.assert(
    fc.property(somewhere, fc.integer({ min: 1, max: 80 }), (files, pieceBytes) => {
      const stream = Buffer.concat(files.map(([name, content]) => framed(name, Buffer.from(content))));

      const read = readAll(stream, pieceBytes);

      assert.deepEqual(
        read,
        files.map(([name, content]) => [name, [...content]]),
      );
    }),
  );
});

test("a name that leads out of its directory, or to it, refuses the whole stream", () => {
  for (const name of ["../a", "a/../../b", "/etc/passwd", "", ".", "a//b", "a/./b", "a\0b"]) {
    const stream = [framed("good", Buffer.from("x")), framed(name, Buffer.alloc(1)), framed("good", Buffer.from("y"))];

    assert.equal(readAll(Buffer.concat(stream)), undefined);
  }
});

test("a stream that was cut is none", () => {
  const whole = framed("a/b", Buffer.from("content"));

  for (let length = 1; length < whole.length; length++) {
    assert.equal(readAll(whole.subarray(0, length), 3), undefined);
  }
});

test("lengths that no stream has are refused before anything is read by them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), (bytes) => {
      const files = readAll(Buffer.from(bytes), 5) ?? [];

      assert.ok(files.every(([, content]) => content.length <= bytes.length));
    }),
  );
});
