// The test run itself: what it counts, what it says of failures and skipped tests, and that nothing slips through it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { plant, REPOSITORY } from "./planted-tree.ts";

interface Finished {
  readonly status: number | null;
  readonly lines: readonly string[];
}

/** Runs one planted test file as `npm test -- FILE` does. */
function runTestFile(text: string, fileTimeoutMs = 60_000): Finished {
  using tree = plant({ "tests/planted.test.ts": `import { test } from "node:test";\n${text}\n` });
  // node:test refuses to run inside a test of its own unless it can't tell.
  const { NODE_TEST_CONTEXT: _inside, ...env } = process.env;
  const script = join(REPOSITORY, "tools/check/run-tests.ts");
  const finished = spawnSync(process.execPath, [script, join(tree.root, "tests")], {
    env: { ...env, HEARTH_TEST_FILE_TIMEOUT_MS: String(fileTimeoutMs) },
    encoding: "utf8",
  });
  return { status: finished.status, lines: finished.stdout.trimEnd().split("\n") };
}

test("a run in which all is well ends with the counts alone", () => {
  assert.deepEqual(runTestFile(`test("a", () => {});\ntest("b", () => {});`), {
    status: 0,
    lines: ["2 passed, 0 failed"],
  });
});

test("a skipped test is counted and its reason is said", () => {
  const { status, lines } = runTestFile(`test("a", () => {});\ntest("b", { skip: "no runc here" }, () => {});`);

  assert.equal(status, 0);
  assert.equal(lines.at(-1), "1 passed, 0 failed, 1 skipped");
  assert.match(lines.join("\n"), /^skipped {2}.*planted\.test\.ts:3: b: no runc here$/m);
});

test("a failed test is counted once, however many tests stand around it", () => {
  const { status, lines } = runTestFile(
    `test("outer", async (t) => { await t.test("inner", () => { throw new Error("broken within"); }); });`,
  );

  assert.equal(status, 1);
  assert.equal(lines.at(-1), "0 passed, 1 failed");
  assert.match(lines.join("\n"), /^FAILED {3}.*planted\.test\.ts:2: inner\n.*broken within/m);
});

for (const [what, text, says] of [
  ["breaks before its first test", `throw new Error("broken at load");`, /broken at load/],
  ["ends its process", `test("a", () => process.exit(0));`, /FAILED/],
  ["has no tests", `test.name;`, /has no tests/],
] as const) {
  test(`a file that ${what} is a failure`, () => {
    const { status, lines } = runTestFile(text);

    assert.equal(status, 1);
    assert.match(lines.at(-1) ?? "", /^\d+ passed, 1 failed$/);
    assert.match(lines.join("\n"), says);
  });
}

test("a file that never ends is ended, and what it left open is named", () => {
  const { status, lines } = runTestFile(`test("a", () => void setInterval(() => {}, 1000));`, 1_000);

  assert.equal(status, 1);
  assert.match(lines.at(-1) ?? "", /^\d+ passed, 1 failed$/);
  assert.match(lines.join("\n"), /Still open.*Timeout/);
});

test("a name that stands for no test file is a failure", () => {
  const { NODE_TEST_CONTEXT: _inside, ...env } = process.env;
  const finished = spawnSync(
    "sh",
    [join(REPOSITORY, "tools/with-node.sh"), "tools/check/run-tests.ts", "no-such.test.ts"],
    {
      cwd: REPOSITORY,
      env,
      encoding: "utf8",
    },
  );

  assert.equal(finished.status, 1);
  assert.match(finished.stdout, /0 passed, 1 failed\n$/);
});
