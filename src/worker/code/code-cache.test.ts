// Packages on the worker: unpacked once, shared, kept while somebody runs them, let go after.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { strToU8, type Zippable, zipSync } from "fflate";
import { createCodeCache } from "./code-cache.ts";

function aCache(
  unusedBytesMax: number,
): { cache: ReturnType<typeof createCodeCache>; directory: string; fetched: string[] } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "hearth-code-"));
  const fetched: string[] = [];
  const cache = createCodeCache({
    directory,
    unusedBytesMax,
    images: undefined,
    fetch(sha256) {
      fetched.push(sha256);
      const content = packages.get(sha256);
      return content === undefined ? Promise.reject(new Error("no such package")) : Promise.resolve(content);
    },
    onFault: (error) => assert.fail(String(error)),
  });
  return { cache, directory, fetched, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

const packages = new Map<string, Buffer>();
function aPackage(text: string): string {
  return aPackageOf({ "index.mjs": strToU8(text), "lib/a.txt": strToU8("a") });
}

function aPackageOf(files: Zippable): string {
  const content = Buffer.from(zipSync(files));
  const sha256 = createHash("sha256").update(content).digest("base64");
  packages.set(sha256, content);
  return sha256;
}

test("several at once share one fetch and one directory", async () => {
  using of = aCache(1_000);
  const sha256 = aPackage("shared");

  const leases = await Promise.all([of.cache.acquire(sha256), of.cache.acquire(sha256), of.cache.acquire(sha256)]);

  assert.deepEqual(of.fetched, [sha256]);
  assert.equal(new Set(leases.map((it) => it.directory)).size, 1);
  assert.equal(readFileSync(join(leases[0].directory, "index.mjs"), "utf8"), "shared");
});

test("what is in use stays, what nobody uses goes when it is too much, the longest unused first", async () => {
  using of = aCache(25);
  const [first, second] = await Promise.all([
    of.cache.acquire(aPackage("x".repeat(20))),
    of.cache.acquire(aPackage("y".repeat(20))),
  ]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.ok(existsSync(first.directory));

  second[Symbol.dispose]();
  // Removing goes on behind the release; each look at the disk lets it.
  while (existsSync(first.directory)) await readdir(of.directory);

  assert.ok(existsSync(second.directory));
});

test("a package that can't be had leaves nothing, and is asked for again", async () => {
  using of = aCache(1_000);
  const missing = createHash("sha256").update("missing").digest("base64");

  await assert.rejects(of.cache.acquire(missing), /no such package/u);
  await assert.rejects(of.cache.acquire(missing), /no such package/u);

  assert.equal(of.fetched.length, 2);
  assert.deepEqual(readdirSync(of.directory), []);
});

test("several packages are one directory, later ones over earlier ones, made once for those who want the same", async () => {
  using of = aCache(1_000);
  const [a, b] = [
    aPackageOf({ "both.txt": strToU8("a"), "only-a.txt": strToU8("a"), "dir/a.txt": strToU8("a") }),
    aPackageOf({ "both.txt": strToU8("b"), "dir/b.txt": strToU8("b") }),
  ];

  const [ab, again, ba, alone] = await Promise.all([
    of.cache.acquireMerged([a, b]),
    of.cache.acquireMerged([a, b]),
    of.cache.acquireMerged([b, a]),
    of.cache.acquireMerged([a]),
  ]);

  const read = (lease: { directory: string }, name: string): string =>
    readFileSync(join(lease.directory, name), "utf8");
  assert.deepEqual([read(ab, "both.txt"), read(ab, "only-a.txt"), read(ba, "both.txt")], ["b", "a", "a"]);
  assert.deepEqual(readdirSync(join(ab.directory, "dir")).sort(), ["a.txt", "b.txt"]);
  assert.equal(ab.directory, again.directory);
  assert.equal(alone.directory, (await of.cache.acquire(a)).directory);
  assert.deepEqual(of.fetched.sort(), [a, b].sort());
});

test("what was merged keeps its packages, and all of it goes when nobody uses it", async () => {
  using of = aCache(0);
  const merged = await of.cache.acquireMerged([aPackage("x"), aPackage("y")]);
  assert.equal(readdirSync(of.directory).length, 3);

  merged[Symbol.dispose]();

  while (readdirSync(of.directory).length > 0) await readdir(of.directory);
});

test("a merge that can't be had gives back what it took", async () => {
  using of = aCache(0);
  const missing = createHash("sha256").update("missing").digest("base64");

  await assert.rejects(of.cache.acquireMerged([aPackage("there"), missing]), /no such package/u);

  while (readdirSync(of.directory).length > 0) await readdir(of.directory);
});
