import assert from "node:assert/strict";
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ReceivedFiles } from "./received-files.ts";

function framed(name: string, content: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(name.length, 0);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, Buffer.from(name + content)]);
}

/** Files as they come, and the directory that they are kept in. */
function received(within: string, bytesMax = 1_000): { files: ReceivedFiles; directory: string } {
  const directory = join(within, "kept");
  return { files: new ReceivedFiles({ directory, family: "java", bytesMax }), directory };
}

test("files are kept under their family when all are there", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-received-"));
  const { files, directory } = received(temporary.path);
  const stream = Buffer.concat([framed("a/b", "first"), framed("c", "")]);

  files.take(stream.subarray(0, 9));
  files.take(stream.subarray(9));
  assert.ok(!existsSync(directory), "it has its name too early");
  const bytes = await files.keep(directory);
  await files[Symbol.asyncDispose]();

  assert.equal(bytes, stream.length);
  assert.equal(readFileSync(join(directory, "java/a/b"), "utf8"), "first");
  assert.equal(readFileSync(join(directory, "java/c"), "utf8"), "");
});

test("of what was cut, is too much, or nothing, nothing is kept", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-received-"));
  for (const stream of [framed("a", "first").subarray(0, 12), framed("a", "x".repeat(1_000)), Buffer.alloc(0)]) {
    const { files, directory } = received(temporary.path);

    files.take(stream);
    const bytes = await files.keep(directory);
    await files[Symbol.asyncDispose]();

    assert.equal(bytes, 0);
    assert.deepEqual(readdirSync(temporary.path), []);
  }
});

test("names that can't both be files are told to who keeps them, not to who reads the pipe", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-received-"));
  const { files, directory } = received(temporary.path);

  files.take(Buffer.concat([framed("a", "first"), framed("a/b", "second")]));
  files.take(framed("c", "third"));

  await assert.rejects(files.keep(directory), /can't be kept/u);
  await files[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(temporary.path), []);
});
