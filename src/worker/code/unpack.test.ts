// Unpacking holds to the directory that it was given, whatever the package says.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { strToU8, type Zippable, zipSync } from "fflate";
import { unpack } from "./unpack.ts";

const SYMLINK = (0o120777 << 16) >>> 0;

function aPlace(): { outside: string; directory: string } & Disposable {
  const outside = mkdtempSync(join(tmpdir(), "hearth-unpack-"));
  return { outside, directory: join(outside, "package"), [Symbol.dispose]: () => rmSync(outside, { recursive: true }) };
}

test("files keep their execute bits, links are links, and the bytes are counted", async () => {
  using place = aPlace();
  const entries: Zippable = {
    "bin/run": [strToU8("#!"), { os: 3, attrs: (0o100755 << 16) >>> 0 }],
    "plain.txt": strToU8("text"),
    link: [strToU8("plain.txt"), { os: 3, attrs: SYMLINK }],
  };

  const bytes = await unpack(Buffer.from(zipSync(entries)), place.directory);

  assert.equal(bytes, 2 + 4 + 9);
  assert.equal(lstatSync(join(place.directory, "bin/run")).mode & 0o777, 0o755);
  assert.equal(lstatSync(join(place.directory, "plain.txt")).mode & 0o777, 0o644);
  assert.equal(readFileSync(join(place.directory, "link"), "utf8"), "text");
});

test("nothing is written through a link, however the way through it is spelled", async () => {
  for (const through of ["out/file", "./out/file", ".//out/file"]) {
    using place = aPlace();
    const entries: Zippable = {
      out: [strToU8(place.outside), { os: 3, attrs: SYMLINK }],
      [through]: strToU8("escaped"),
    };

    await unpack(Buffer.from(zipSync(entries)), place.directory).catch(() => undefined);

    assert.ok(!existsSync(join(place.outside, "file")), through);
  }
});

test("parents, absolute paths and backslashes are refused", async () => {
  for (const name of ["../file", "/file", "a/../../file", "a\\file"]) {
    using place = aPlace();

    await assert.rejects(unpack(Buffer.from(zipSync({ [name]: strToU8("x") })), place.directory), name);

    assert.ok(!existsSync(join(place.outside, "file")));
  }
});
