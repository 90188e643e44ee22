// What is remembered of functions: numbers that are never given twice, secrets that are never in the clear, all or nothing.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { migrate } from "../../store/migrations.ts";
import { createSeal } from "../../store/seal.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { createFunctionStore, type FunctionStore, type FunctionTables } from "./function-store.ts";

/** A store in a directory of its own; opening the same directory again is a restart. */
async function aStore(directory: string): Promise<FunctionStore & AsyncDisposable> {
  const db = openSqlite<FunctionTables>(join(directory, "hearth.db"), "commit");
  await migrate(db, "functions");
  const store = createFunctionStore(db, createSeal(join(directory, "root.key")));
  return { ...store, [Symbol.asyncDispose]: () => db.destroy() };
}

function aDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hearth-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const latest = aFunctionVersion({
  environment: { PASSWORD: "open sesame" },
  applicationLogLevel: "INFO",
  systemLogLevel: "INFO",
});

test("what was stored is there after a restart, and secrets are not on the disk in the clear", async () => {
  using directory = aDirectory();
  {
    await using store = await aStore(directory.path);
    await store.create(latest, { team: "a" });
  }

  await using again = await aStore(directory.path);

  assert.deepEqual(await again.all(), [latest]);
  assert.deepEqual(await again.tags(latest), { team: "a" });
  for (const file of ["hearth.db", "hearth.db-wal"]) {
    assert.ok(!readFileSync(join(directory.path, file)).includes("open sesame"), file);
  }
});

test("version numbers go up and are never given twice, not even after a deletion", async () => {
  using directory = aDirectory();
  await using store = await aStore(directory.path);
  await store.create(latest, {});
  const publish = async (): Promise<string> =>
    (await store.publish((version) => ({ ...latest, version }), latest)).version;

  const numbers = [await publish(), await publish()];
  await store.remove(latest, "2");
  numbers.push(await publish());

  assert.deepEqual(numbers, ["1", "2", "3"]);
  assert.deepEqual((await store.all()).map((it) => it.version).sort(), ["$LATEST", "1", "3"]);
});

test("a publication that fails takes no number and leaves nothing", async () => {
  using directory = aDirectory();
  await using store = await aStore(directory.path);
  await store.create(latest, {});
  const failing = store.publish(() => {
    throw new Error("no");
  }, latest);

  await assert.rejects(failing, /no/u);

  assert.equal((await store.publish((version) => ({ ...latest, version }), latest)).version, "1");
});

test("a function is made once, and goes with all its versions and tags", async () => {
  using directory = aDirectory();
  await using store = await aStore(directory.path);
  await store.create(latest, { a: "1" });
  await assert.rejects(store.create(latest, {}));
  await store.publish((version) => ({ ...latest, version }), latest);

  await store.remove(latest);

  assert.deepEqual(await store.all(), []);
  assert.deepEqual(await store.tags(latest), {});
  await store.create(latest, {});
  assert.equal((await store.publish((version) => ({ ...latest, version }), latest)).version, "1");
});

test("with another root key nothing can be read", async () => {
  using directory = aDirectory();
  {
    await using store = await aStore(directory.path);
    await store.create(latest, {});
  }
  rmSync(join(directory.path, "root.key"));

  await using again = await aStore(directory.path);

  await assert.rejects(again.all(), /stored data could not be decrypted/u);
});

test("a version that was stored before there were layers has none, nor has what ran before its update", async () => {
  using directory = aDirectory();
  await using store = await aStore(directory.path);
  const { layers: _, ...settings } = latest.settings;
  const older = JSON.parse(JSON.stringify({ ...latest, settings, previous: { ...latest, settings } })) as typeof latest;
  await store.create(older, {});

  const [read] = await store.all();

  assert.deepEqual([read?.settings.layers, read?.previous?.settings.layers], [[], []]);
});
