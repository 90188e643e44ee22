// Packages on the worker: unpacked once, shared, kept while somebody runs them, let go after.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
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
  const content = Buffer.from(zipSync({ "index.mjs": strToU8(text), "lib/a.txt": strToU8("a") }));
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
