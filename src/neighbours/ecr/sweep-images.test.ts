// The sweep over a real store and real files: what goes, when, and what somebody counted on meanwhile.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempDisposableSync, readdirSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createVirtualClock } from "../../foundation/clock.ts";
import { migrate } from "../../store/migrations.ts";
import { createSeal } from "../../store/seal.ts";
import { createSealedFiles } from "../../store/sealed-files.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { BlobUses } from "./blob-uses.ts";
import { createRegistryStore, type RegistryTables } from "./registry-store.ts";
import { sweepImages } from "./sweep-images.ts";

const START_MS = 1_767_225_600_000;
const HOUR_MS = 3_600_000;
const hashOf = (content: string): string => createHash("sha256").update(content).digest("hex");

async function aRegistry(directory: string) {
  const clock = createVirtualClock(START_MS);
  const db = openSqlite<RegistryTables>(join(directory, "hearth.db"), "commit");
  await migrate(db, "functions");
  const files = await createSealedFiles(join(directory, "images"), createSeal(join(directory, "root.key")));
  const store = createRegistryStore(db);
  const uses = new BlobUses(clock);
  const inUse = new Set<string>();
  const deps = { store, files, uses, clock, imagesInUse: () => inUse };
  return {
    clock,
    store,
    uses,
    inUse,
    /** Keeps a blob as if it had been pushed now. */
    async blob(content: string): Promise<string> {
      const sha256 = hashOf(content);
      await using file = await files.begin();
      await file.append(new Blob([content]).stream() as unknown as AsyncIterable<Uint8Array>);
      await file.keep(sha256);
      utimesSync(join(directory, "images", sha256), clock.nowMs() / 1000, clock.nowMs() / 1000);
      return sha256;
    },
    /** Pushes an image of one blob; gives its digest. */
    async image(blob: string, tag: string | undefined): Promise<string> {
      const content = Buffer.from(JSON.stringify({ layers: [{ digest: `sha256:${blob}` }] }));
      const digest = `sha256:${hashOf(content.toString())}`;
      await store.put("r", { digest, mediaType: "m", content, pushedAtMs: clock.nowMs() }, tag);
      return digest;
    },
    sweep: () => sweepImages(deps),
    /** Lets hours pass, with a sweep at the end of each. */
    async pass(hours: number): Promise<void> {
      for (let hour = 0; hour < hours; hour++) {
        clock.advance(HOUR_MS);
        await sweepImages(deps);
      }
    },
    blobs: () => readdirSync(join(directory, "images")).filter((it) => it !== "unfinished"),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

test("an image whose tag moved on goes after a day, with the blobs that no other has", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-sweep-"));
  await using registry = await aRegistry(temporary.path);
  const [shared, old, next] = [await registry.blob("shared"), await registry.blob("old"), await registry.blob("next")];
  const before = await registry.image(old, "latest");
  await registry.image(shared, "kept");
  await registry.image(next, "latest");

  await registry.pass(23);
  assert.deepEqual(new Set(registry.blobs()), new Set([shared, old, next]));
  assert.notEqual(await registry.store.find("r", before), undefined);
  await registry.pass(2);

  assert.equal(await registry.store.find("r", before), undefined);
  assert.deepEqual(new Set(registry.blobs()), new Set([shared, next]));
});

test("an image that a function runs stays for as long as it does", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-sweep-"));
  await using registry = await aRegistry(temporary.path);
  const blob = await registry.blob("run");
  const digest = await registry.image(blob, undefined);
  registry.inUse.add(digest);

  await registry.pass(30);
  assert.deepEqual(registry.blobs(), [blob]);
  registry.inUse.clear();
  await registry.pass(1);

  assert.deepEqual(registry.blobs(), []);
});

test("a blob waits an hour for its manifest, from when somebody last counted on it", async () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), "hearth-sweep-"));
  await using registry = await aRegistry(temporary.path);
  await registry.blob("forgotten");
  const asked = await registry.blob("asked");
  registry.clock.advance(HOUR_MS);
  registry.uses.use(asked);

  await registry.sweep();
  assert.deepEqual(registry.blobs(), [asked]);
  await registry.pass(1);

  assert.deepEqual(registry.blobs(), []);
});
