import assert from "node:assert/strict";
import { test } from "node:test";
import { type Alias, routedVersion } from "./alias.ts";

const anAlias = (routing: Alias["routing"]): Alias => ({
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  name: "live",
  functionVersion: "1",
  description: "",
  routing,
  revisionId: "r",
});

test("an alias without weights runs its version alone", () => {
  const alias = anAlias({});

  const versions = [0, 0.5, 0.999].map((random) => routedVersion(alias, random));

  assert.deepEqual(versions, ["1", "1", "1"]);
});

test("a weighted alias runs the other version for its share of the draws", () => {
  const alias = anAlias({ "2": 0.1 });

  const versions = [0, 0.099, 0.1, 0.999].map((random) => routedVersion(alias, random));

  assert.deepEqual(versions, ["2", "2", "1", "1"]);
});
