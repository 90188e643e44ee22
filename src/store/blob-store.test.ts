// Packages on disk: found by content, sealed, whole or not at all, and removed once nobody has used them for an hour.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createVirtualClock } from "../foundation/clock.ts";
import { type BlobStore, createBlobStore } from "./blob-store.ts";
import { createSeal } from "./seal.ts";

const HOUR_MS = 3_600_000;
const START_MS = 1_767_225_600_000;

interface Given extends Disposable {
  readonly blobs: BlobStore;
  readonly directory: string;
  readonly clock: ReturnType<typeof createVirtualClock>;
}

async function aStore(): Promise<Given> {
  const root = mkdtempSync(join(tmpdir(), "hearth-blobs-"));
  const directory = join(root, "code");
  const clock = createVirtualClock(START_MS);
  const blobs = await createBlobStore(directory, createSeal(join(root, "root.key")), () => clock.nowMs());
  return { blobs, directory, clock, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

test("content is found by its SHA-256, stored once, and not in the clear", async () => {
  using given = await aStore();
  const content = Buffer.from("a package");

  const sha256 = await given.blobs.put(content);
  assert.equal(await given.blobs.put(content), sha256);

  assert.equal(sha256, createHash("sha256").update(content).digest("base64"));
  assert.deepEqual(await given.blobs.get(sha256), content);
  const [name = "", ...others] = readdirSync(given.directory);
  assert.deepEqual(others, []);
  assert.ok(!readFileSync(join(given.directory, name)).includes("a package"));
  assert.equal(await given.blobs.get("AAAA"), undefined);
});

test("a file that was changed on disk is a fault, not a package", async () => {
  using given = await aStore();
  const sha256 = await given.blobs.put(Buffer.from("x"));
  const [name = ""] = readdirSync(given.directory);
  writeFileSync(join(given.directory, name), "something else that is long enough");

  await assert.rejects(given.blobs.get(sha256), /could not be decrypted/u);
});

test("what nobody uses goes when it is older than an hour, what is used stays", async () => {
  using given = await aStore();
  const [unused, used] = [await given.blobs.put(Buffer.from("1")), await given.blobs.put(Buffer.from("2"))];

  given.clock.advance(HOUR_MS);
  given.blobs.sweep(new Set([used]));
  assert.ok(await given.blobs.get(unused), "an hour is not yet more than an hour");
  given.clock.advance(1000);
  given.blobs.sweep(new Set([used]));

  assert.equal(await given.blobs.get(unused), undefined);
  assert.ok(await given.blobs.get(used));
});

test("putting it again, or being used at a sweep, gives a file another hour", async () => {
  using given = await aStore();
  const [put, used] = [await given.blobs.put(Buffer.from("1")), await given.blobs.put(Buffer.from("2"))];
  given.clock.advance(HOUR_MS - 1000);
  await given.blobs.put(Buffer.from("1"));
  given.blobs.sweep(new Set([used]));

  given.clock.advance(HOUR_MS);
  given.blobs.sweep(new Set());

  assert.ok(await given.blobs.get(put));
  assert.ok(await given.blobs.get(used));
});

test("a file that is to be used has another hour, and one that is not there can't be", async () => {
  using given = await aStore();
  const kept = await given.blobs.put(Buffer.from("1"));
  given.clock.advance(2 * HOUR_MS);

  assert.ok(given.blobs.keep(kept));
  given.blobs.sweep(new Set());

  assert.ok(await given.blobs.get(kept));
  given.clock.advance(HOUR_MS + 1000);
  given.blobs.sweep(new Set());
  assert.ok(!given.blobs.keep(kept));
});

test("what a crash left half written goes after an hour", async () => {
  using given = await aStore();
  const part = join(given.directory, "00ff.1234.part");
  writeFileSync(part, "half");
  utimesSync(part, START_MS / 1000, START_MS / 1000);

  given.blobs.sweep(new Set());
  assert.equal(readdirSync(given.directory).length, 1);
  given.clock.advance(HOUR_MS + 1000);
  given.blobs.sweep(new Set());

  assert.equal(readdirSync(given.directory).length, 0);
});
