// The command `npm test`: the house checks and then all tests, or only the test files given as arguments.
import { globSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { runHouseChecks } from "./house-checks.ts";
import { createTestReport } from "./test-report.ts";

// Two at a time: tests start sandboxes and clients, and small machines have two cores.
const FILES_AT_ONCE = 2;
const END_HANGING_FILE = new URL("./end-hanging-file.ts", import.meta.url);

const root = resolve(import.meta.dirname, "../..");
const given = process.argv.slice(2);
const patterns = given.length > 0 ? given : ["src/**/*.test.ts", "runtimes/**/*.test.ts", "tests/**/*.test.ts"];
const report = createTestReport(root, (line) => process.stdout.write(`${line}\n`));

if (given.length === 0) {
  for (const { name, findings } of await runHouseChecks(root)) report.addCheck(name, findings);
}

const files = new Set<string>();
for (const pattern of patterns) {
  const found = filesOf(pattern);
  // Nothing under a name that somebody typed is a mistake, not a success.
  if (found.length === 0 && given.length > 0) report.addCheck(pattern, ["no test file is called so"]);
  for (const file of found) files.add(file);
}
if (files.size > 0) {
  const stream = run({
    files: [...files].sort(),
    cwd: root,
    concurrency: FILES_AT_ONCE,
    execArgv: ["--disable-warning=ExperimentalWarning", "--import", END_HANGING_FILE.href],
  });
  for await (const event of stream) report.add(event);
}
process.exitCode = report.finish().failed === 0 ? 0 : 1;

/** The absolute paths that a pattern, a file's name or a folder's name stands for. */
function filesOf(pattern: string): readonly string[] {
  const isFolder = statSync(resolve(root, pattern), { throwIfNoEntry: false })?.isDirectory() === true;
  const names = globSync(isFolder ? join(pattern, "**/*.test.ts") : pattern, { cwd: root });
  return names.map((name) => resolve(root, name));
}
