// docs/coverage.md says what the code does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coverage } from "../../tools/generate-coverage.ts";

test("docs/coverage.md is what the code generates", () => {
  assert.equal(readFileSync(new URL("../../docs/coverage.md", import.meta.url), "utf8"), coverage());
  assert.match(coverage(), /Carried out: .*CreateFunction.*Invoke/u);
});
