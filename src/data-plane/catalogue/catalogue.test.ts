// What invokes run and what the API shows while versions are published, updated and removed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { deploymentId } from "../../model/function-version.ts";
import { createCatalogue } from "./catalogue.ts";

const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
const code = (sha256: string) => ({ sha256, bytes: 1 });
const failure = { reason: "no such package", reasonCode: "InternalError" };

test("during an update of $LATEST, and after a failed one, invokes run what stood before", () => {
  const catalogue = createCatalogue();
  const before = aFunctionVersion({ deployment: "before" });
  catalogue.publish(before);

  for (const lastUpdate of [{ status: "InProgress" }, { status: "Failed", ...failure }] as const) {
    const updating = aFunctionVersion({ deployment: "after", lastUpdate });
    catalogue.publish(updating);

    assert.equal(catalogue.get(key, "$LATEST"), updating);
    assert.equal(catalogue.runnable(key, "$LATEST"), before);
  }
});

test("after a restart in the midst of an update, or after a failed one, what stood before runs all the same", () => {
  const before = aFunctionVersion({ deployment: "before", code: code("old") });
  const previous = { settings: before.settings, code: before.code, deployment: before.deployment };

  for (const lastUpdate of [{ status: "InProgress" }, { status: "Failed", ...failure }] as const) {
    const catalogue = createCatalogue();
    catalogue.publish(aFunctionVersion({ deployment: "after", code: code("new"), lastUpdate, previous }));

    assert.deepEqual(catalogue.runnable(key, "$LATEST"), before);
    assert.deepEqual([...catalogue.codeInUse()].sort(), ["new", "old"]);
  }
});

test("an update that succeeds is what invokes run from then on", () => {
  const catalogue = createCatalogue();
  catalogue.publish(aFunctionVersion({ deployment: "before" }));
  catalogue.publish(aFunctionVersion({ deployment: "after", lastUpdate: { status: "InProgress" } }));
  const after = aFunctionVersion({ deployment: "after" });

  catalogue.publish(after);

  assert.equal(catalogue.runnable(key, "$LATEST"), after);
});

test("a function that was never active is shown and not runnable, until it is", () => {
  const catalogue = createCatalogue();

  for (const state of [{ state: "Pending" }, { state: "Failed", ...failure }] as const) {
    catalogue.publish(aFunctionVersion({ state }));
    assert.equal(catalogue.get(key, "$LATEST")?.state.state, state.state);
    assert.equal(catalogue.runnable(key, "$LATEST"), undefined);
  }
  catalogue.publish(aFunctionVersion());

  assert.equal(catalogue.runnable(key, "$LATEST"), catalogue.get(key, "$LATEST"));
});

test("a version is not touched by what happens to another", () => {
  const catalogue = createCatalogue();
  const one = aFunctionVersion({ version: "1" });
  for (const it of [one, aFunctionVersion(), aFunctionVersion({ lastUpdate: { status: "InProgress" } })])
    catalogue.publish(it);

  assert.equal(catalogue.runnable(key, "1"), one);
  assert.equal(catalogue.runnable(key, "2"), undefined);
});

test("versions come with $LATEST first and then by number, functions by name, both of one account and region alone", () => {
  const catalogue = createCatalogue();
  for (const version of ["10", "2", "$LATEST", "1"]) catalogue.publish(aFunctionVersion({ version }));
  catalogue.publish(aFunctionVersion({ functionName: "e" }));
  catalogue.publish(aFunctionVersion({ functionName: "elsewhere", region: "eu-central-1" }));
  catalogue.publish(aFunctionVersion({ functionName: "theirs", accountId: "444455556666" }));

  assert.deepEqual(
    catalogue.versions(key).map((it) => it.version),
    ["$LATEST", "1", "2", "10"],
  );
  assert.deepEqual(
    catalogue.functions("111122223333", "us-east-1").map((it) => it.functionName),
    ["e", "f"],
  );
});

test("code is in use while any version shows or runs it: through an update, both the old and the new", () => {
  const catalogue = createCatalogue();
  catalogue.publish(aFunctionVersion({ code: code("old") }));
  catalogue.publish(aFunctionVersion({ code: code("new"), lastUpdate: { status: "InProgress" } }));
  catalogue.publish(aFunctionVersion({ code: code("published"), version: "1" }));
  assert.deepEqual([...catalogue.codeInUse()].toSorted(), ["new", "old", "published"]);

  catalogue.publish(aFunctionVersion({ code: code("new") }));
  catalogue.remove(key, "1");

  assert.deepEqual([...catalogue.codeInUse()], ["new"]);
});

test("a removed version is gone, a removed function with all of its versions, and nothing else", () => {
  const catalogue = createCatalogue();
  for (const version of ["$LATEST", "1", "2"]) catalogue.publish(aFunctionVersion({ version }));
  catalogue.publish(aFunctionVersion({ functionName: "other" }));

  catalogue.remove(key, "1");
  assert.equal(catalogue.get(key, "1"), undefined);
  assert.notEqual(catalogue.runnable(key, "2"), undefined);
  catalogue.remove(key);

  assert.deepEqual(catalogue.versions(key), []);
  assert.deepEqual(
    catalogue.functions("111122223333", "us-east-1").map((it) => it.functionName),
    ["other"],
  );
});

test("a deployment is current while some version runs it: through an update, not after it", () => {
  const catalogue = createCatalogue();
  const [before, next] = [aFunctionVersion({ deployment: "d1" }), aFunctionVersion({ deployment: "d2" })];
  catalogue.publish(before);
  catalogue.publish({ ...next, lastUpdate: { status: "InProgress" } });
  assert.deepEqual([before, next].map(deploymentId).map(catalogue.isCurrent), [true, false]);

  catalogue.publish(next);

  assert.deepEqual([before, next].map(deploymentId).map(catalogue.isCurrent), [false, true]);
  catalogue.remove(next);
  assert.equal(catalogue.isCurrent(deploymentId(next)), false);
});

test("what a qualifier wants provisioned names the version that it runs now, if that can run", () => {
  const catalogue = createCatalogue();
  const version = aFunctionVersion({ version: "1" });
  const alias = { ...version, name: "live", functionVersion: "1", description: "", routing: {} };
  catalogue.publishConcurrency(version, {
    reserved: undefined,
    provisioned: new Map([
      ["live", 2],
      ["2", 1],
    ]),
  });
  assert.deepEqual(
    catalogue.provisionedTargets(version).map((it) => it.version),
    [undefined, undefined],
  );

  catalogue.publish(version);
  catalogue.publishAlias(alias);

  assert.deepEqual(catalogue.provisionedTargets(version), [
    { qualifier: "live", requested: 2, version },
    { qualifier: "2", requested: 1, version: undefined },
  ]);
});
