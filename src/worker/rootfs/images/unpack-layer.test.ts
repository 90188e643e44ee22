// Layers over a root on disk, with the entries that tools write and with those that only an attacker would.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { aTar, type TarEntry } from "./images.fixtures.ts";
import { unpackLayer } from "./unpack-layer.ts";

interface Root extends Disposable {
  readonly path: string;
  /** Beside the root, where nothing may be written. */
  readonly outside: string;
  lay(entries: readonly TarEntry[], compress?: (bytes: Buffer) => Buffer): Promise<void>;
  read(path: string): string;
}

function aRoot(): Root {
  const directory = mkdtempSync(join(tmpdir(), "hearth-layers-"));
  const path = join(directory, "root");
  const outside = join(directory, "outside");
  for (const it of [path, outside]) mkdirSync(it);
  writeFileSync(join(outside, "secret"), "untouched");
  return {
    path,
    outside,
    async lay(entries, compress = (it) => it) {
      const file = join(directory, "layer");
      writeFileSync(file, compress(aTar(entries)));
      await unpackLayer(file, path, { bytesLeft: 1 << 20, entriesLeft: 100 });
    },
    read: (it) => readFileSync(join(path, it), "utf8"),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

test("files, directories and links of plain, gzip and zstd layers lie over each other", async () => {
  using root = aRoot();

  await root.lay([
    { path: "usr/bin/", type: "Directory" },
    { path: "usr/bin/tool", content: "first", mode: 0o755 },
    { path: "bin", type: "SymbolicLink", linkpath: "usr/bin" },
    { path: "usr/bin/same", type: "Link", linkpath: "usr/bin/tool" },
  ]);
  await root.lay([{ path: "./etc/a", content: "gzip" }], gzipSync);
  await root.lay([{ path: "/etc/b", content: "zstd" }], zstdCompressSync);
  // A later layer may write through a link of an earlier one, as builders do that know no filesystem.
  await root.lay([{ path: "bin/later", content: "through" }]);

  assert.equal(root.read("usr/bin/same"), "first");
  assert.equal(statSync(join(root.path, "usr/bin/tool")).mode & 0o7777, 0o755);
  assert.equal(readlinkSync(join(root.path, "bin")), "usr/bin");
  assert.deepEqual([root.read("etc/a"), root.read("etc/b")], ["gzip", "zstd"]);
  assert.equal(root.read("usr/bin/later"), "through");
});

test("a whiteout hides what lower layers have, an opaque directory all of it, and neither what its own layer brings", async () => {
  using root = aRoot();
  await root.lay([
    { path: "a/gone", content: "1" },
    { path: "a/stays", content: "1" },
    { path: "b/gone/deep", content: "1" },
    { path: "b/also-gone", content: "1" },
  ]);

  await root.lay([
    { path: "a/.wh.gone" },
    { path: "b/new", content: "2" },
    { path: "b/.wh..wh..opq" },
    { path: "a/.wh.kept" },
    { path: "a/kept", content: "2" },
  ]);

  assert.deepEqual(readdirSync(join(root.path, "a")).sort(), ["kept", "stays"]);
  assert.deepEqual(readdirSync(join(root.path, "b")), ["new"]);
});

test("a file takes the place of a directory and of a link, without following it", async () => {
  using root = aRoot();
  await root.lay([
    { path: "x/deep/file", content: "1" },
    { path: "link", type: "SymbolicLink", linkpath: "../outside/secret" },
  ]);

  await root.lay([
    { path: "x/deep", content: "a file now" },
    { path: "link", content: "a file too" },
  ]);

  assert.deepEqual([root.read("x/deep"), root.read("link")], ["a file now", "a file too"]);
  assert.equal(readFileSync(join(root.outside, "secret"), "utf8"), "untouched");
});

const ESCAPES: Readonly<Record<string, readonly TarEntry[]>> = {
  "an absolute link as a directory": [
    { path: "way", type: "SymbolicLink", linkpath: "OUTSIDE" },
    { path: "way/file", content: "escaped" },
  ],
  "a climbing link as a directory": [
    { path: "a/way", type: "SymbolicLink", linkpath: "../../outside" },
    { path: "a/way/file", content: "escaped" },
  ],
  "links over links": [
    { path: "one", type: "SymbolicLink", linkpath: ".." },
    { path: "two", type: "SymbolicLink", linkpath: "one/outside" },
    { path: "two/file", content: "escaped" },
  ],
  "a directory entry on a link": [
    { path: "way", type: "SymbolicLink", linkpath: "../outside" },
    { path: "way", type: "Directory", mode: 0o777 },
    { path: "way/file", content: "escaped" },
  ],
  "a hard link to what is outside": [{ path: "stolen", type: "Link", linkpath: "OUTSIDE/secret" }],
  "a hard link through a link": [
    { path: "way", type: "SymbolicLink", linkpath: "../outside" },
    { path: "stolen", type: "Link", linkpath: "way/secret" },
  ],
  "a whiteout through a link": [
    { path: "way", type: "SymbolicLink", linkpath: "../outside" },
    { path: "way/.wh.secret" },
    { path: "way/.wh..wh..opq" },
  ],
  "a climbing path": [{ path: "../outside/file", content: "escaped" }],
  "a path that climbs later": [{ path: "a/b/../../../outside/file", content: "escaped" }],
  "a whiteout of the directory above": [{ path: "a/.wh..." }],
};

for (const [name, entries] of Object.entries(ESCAPES)) {
  test(`nothing outside is touched by ${name}`, async () => {
    using root = aRoot();
    const own = entries.map((it) => ({
      ...it,
      ...(it.linkpath === undefined ? {} : { linkpath: it.linkpath.replace("OUTSIDE", root.outside) }),
    }));

    // Whether it is refused or ends up inside: outside is as before.
    await root.lay(own).catch((error: unknown) => assert.match(String(error), /^(?:Fault|Error): /u));

    assert.deepEqual(readdirSync(root.outside), ["secret"]);
    assert.equal(readFileSync(join(root.outside, "secret"), "utf8"), "untouched");
    assert.equal(statSync(join(root.outside, "secret")).nlink, 1);
    assert.equal(statSync(root.outside).mode & 0o777, statSync(join(root.outside, "..", "outside")).mode & 0o777);
  });
}

test("a path that climbs is refused by name", async () => {
  using root = aRoot();

  await assert.rejects(
    root.lay([{ path: "../x", content: "" }]),
    /a layer holds the path \.\.\/x, which leads out of its root/u,
  );
});

test("a loop of links is refused", async () => {
  using root = aRoot();

  await assert.rejects(
    root.lay([
      { path: "a", type: "SymbolicLink", linkpath: "b" },
      { path: "b", type: "SymbolicLink", linkpath: "a" },
      { path: "a/file", content: "" },
    ]),
    /more than 40 links/u,
  );
});

test("devices and pipes are left out, and set-user-id bits are taken off", async () => {
  using root = aRoot();

  await root.lay([
    { path: "dev/sda", type: "CharacterDevice" },
    { path: "pipe", type: "FIFO" },
    { path: "su", content: "#!", mode: 0o4755 },
  ]);

  assert.ok(!existsSync(join(root.path, "dev/sda")) && !existsSync(join(root.path, "pipe")));
  assert.equal(statSync(join(root.path, "su")).mode & 0o7777, 0o755);
});

test("an image larger than the allowance, or with more entries, is refused", async () => {
  using root = aRoot();

  await assert.rejects(
    root.lay([{ path: "big", content: Buffer.alloc((1 << 20) + 1) }]),
    /larger than Hearth unpacks/u,
  );
  await assert.rejects(
    root.lay(Array.from({ length: 101 }, (_, at) => ({ path: `f${at}` }))),
    /larger than Hearth unpacks/u,
  );
});

test("a layer that is cut short or no tar is refused; an empty one is fine", async () => {
  using root = aRoot();
  const entries = [{ path: "file", content: "x".repeat(2000) }];

  await assert.rejects(
    root.lay(entries, (it) => it.subarray(0, 700)),
    /a layer can't be read/u,
  );
  await assert.rejects(
    root.lay(entries, (it) => gzipSync(it).subarray(0, 60)),
    /a layer can't be read/u,
  );
  await assert.rejects(
    root.lay(entries, () => Buffer.from("no tar at all, but words".repeat(100))),
    /a layer can't be read/u,
  );
  await root.lay([]);
});
