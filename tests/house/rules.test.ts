// One violation of every rule is planted in one tree, all checks run over it once, and each must be reported where it stands.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { CheckResult } from "../../tools/check/check-result.ts";
import { runHouseChecks } from "../../tools/check/house-checks.ts";
import { plant } from "./planted-tree.ts";

interface Plant {
  readonly rule: string;
  readonly check: string;
  readonly path: string;
  readonly text: string;
  readonly says: RegExp;
}

const lines = (count: number): string => "  total += 1;\n".repeat(count);
const lint = (rule: string, path: string, text: string, says: RegExp): Plant => ({
  rule,
  check: "lint",
  path,
  text,
  says,
});

const PLANTS: readonly Plant[] = [
  lint("no any", "src/model/with-any.ts", `export const a: any = 1;\n`, /no-explicit-any/),
  lint("no default export", "src/model/with-default.ts", `export default 1;\n`, /no-default-export/),
  lint("no floating promise", "src/model/floating.ts", `Promise.resolve();\n`, /no-floating-promises/),
  lint("no !", "src/model/bang.ts", `export const a = (b?: string): string => b!;\n`, /no-non-null-assertion/),
  lint("no @ts-ignore", "src/model/ignoring.ts", `// @ts-ignore\nexport const a: number = "";\n`, /ban-ts-comment/),
  lint(
    "no async without await",
    "src/model/idle.ts",
    `export const a = async (): Promise<number> => 1;\n`,
    /require-await/,
  ),
  lint(
    "no long function",
    "src/model/long.ts",
    `export function a(total = 0): void {\n${lines(200)}}\n`,
    /max-lines-per-function/,
  ),
  lint("kebab-case", "src/model/camelCase.ts", `export const a = 1;\n`, /filename-case/),
  lint(
    "node: prefix",
    "src/store/bare.ts",
    `import { join } from "path";\n\nexport const a = join;\n`,
    /prefer-node-protocol/,
  ),
  lint("no console", "src/gateway/prints.ts", `console.log("x");\n`, /no-console/),
  lint("no console in main", "src/main/prints.ts", `console.log("x");\n`, /no-console/),
  lint("no Date.now", "src/gateway/now.ts", `export const a: number = Date.now();\n`, /no-restricted-properties/),
  lint(
    "no performance.now",
    "src/worker/code/now.ts",
    `export const a = (): number => performance.now();\n`,
    /no-restricted-globals/,
  ),
  lint("no setTimeout", "src/link/timer.ts", `setTimeout(() => undefined, 1);\n`, /no-restricted-globals/),
  lint("no setInterval", "src/link/interval.ts", `setInterval(() => undefined, 1);\n`, /no-restricted-globals/),
  lint(
    "no timers by import",
    "src/link/sleep.ts",
    `import { setTimeout } from "node:timers/promises";\n\nawait setTimeout(1);\n`,
    /no-restricted-imports/,
  ),
  lint(
    "no AbortSignal.timeout",
    "src/link/signal.ts",
    `export const a: AbortSignal = AbortSignal.timeout(1);\n`,
    /no-restricted-properties/,
  ),
  lint("no Math.random", "src/events/dice.ts", `export const a: number = Math.random();\n`, /no-restricted-properties/),
  lint(
    "no randomUUID",
    "src/events/uuid.ts",
    `import { randomUUID } from "node:crypto";\n\nexport const a: string = randomUUID();\n`,
    /no-restricted-imports/,
  ),
  lint(
    "no crypto.randomUUID",
    "src/events/web-uuid.ts",
    `export const a: string = crypto.randomUUID();\n`,
    /no-restricted-properties/,
  ),
  lint("no process.env", "src/worker/env.ts", `export const a: unknown = process.env;\n`, /no-restricted-globals/),
  lint(
    "no process by import",
    "src/store/cwd.ts",
    `import { cwd } from "node:process";\n\nexport const a: string = cwd();\n`,
    /no-restricted-imports/,
  ),
  lint("no timers in tests", "src/store/slow.test.ts", `setTimeout(() => undefined, 1);\n`, /no-restricted-globals/),
  lint(
    "no SQL driver outside store",
    "src/events/sql.ts",
    `import { DatabaseSync } from "node:sqlite";\n\nexport const a = DatabaseSync;\n`,
    /no-restricted-imports/,
  ),
  lint(
    "no shell",
    "src/worker/shell.ts",
    `import { exec } from "node:child_process";\n\nexport const a = exec;\n`,
    /no-restricted-imports/,
  ),
  lint(
    "no cycle",
    "src/model/hen.ts",
    `import { egg } from "./egg.ts";\n\nexport const hen: unknown = egg;\n`,
    /no-cycle/,
  ),
  lint(
    "no cycle over types",
    "src/model/left.ts",
    `import type { Right } from "./right.ts";\n\nexport type Left = Right[];\n`,
    /no-cycle/,
  ),
  {
    rule: "a file has at most 500 lines",
    check: "file length",
    path: "src/model/endless.ts",
    text: `// Too long.\n${"export {};\n".repeat(500)}`,
    says: /501 lines/,
  },
  {
    rule: "no dead file",
    check: "dead files",
    path: "src/model/dead.ts",
    text: `export const a = 1;\n`,
    says: /dead-file/,
  },
  {
    rule: "formatting",
    check: "format",
    path: "src/model/untidy.ts",
    text: `export const a = 'x'\n`,
    says: /is not formatted/,
  },
  {
    rule: "types",
    check: "type check",
    path: "src/model/wrong.ts",
    text: `export const a: number = "x";\n`,
    says: /TS2322/,
  },
  {
    rule: "syntax is erasable",
    check: "type check",
    path: "src/model/enumerated.ts",
    text: `export enum A {}\n`,
    says: /TS1294/,
  },
  {
    rule: "tests are type-checked",
    check: "type check",
    path: "tests/wrong.test.ts",
    text: `export const a: number = "x";\n`,
    says: /TS2322/,
  },
  {
    rule: "arrows",
    check: "imports between parts",
    path: "src/gateway/arrow.ts",
    text: `import type { X } from "../worker/worker.ts";\n\nexport type Y = X;\n`,
    says: /arrow/,
  },
  {
    rule: "no bare Date",
    check: "no Date without a time",
    path: "src/events/date.ts",
    text: `export const a = new Date();\n`,
    says: /bare-date/,
  },
  {
    rule: "no name for everything",
    check: "file names",
    path: "src/model/utils.ts",
    text: `export const a = 1;\n`,
    says: /file-name/,
  },
  {
    rule: "no undeclared package",
    check: "packages",
    path: "src/model/borrowed.ts",
    text: `import { assert } from "fast-check";\n\nexport const a: unknown = assert;\n`,
    says: /undeclared-package/,
  },
];

const COMPANIONS = {
  "src/model/egg.ts": `import { hen } from "./hen.ts";\n\nexport const egg: unknown = hen;\n`,
  "src/model/right.ts": `import type { Left } from "./left.ts";\n\nexport type Right = Left[];\n`,
};

let results: readonly CheckResult[] = [];

before(async () => {
  using tree = plant({ ...COMPANIONS, ...Object.fromEntries(PLANTS.map(({ path, text }) => [path, text])) });
  results = await runHouseChecks(tree.root);
});

for (const { rule, check, path, says } of PLANTS) {
  test(`the rule "${rule}" is checked`, () => {
    const findings = results.find(({ name }) => name === check)?.findings ?? [];
    const found = findings.filter((finding) => finding.startsWith(path) && says.test(finding));

    assert.notEqual(found.length, 0, `${check} says nothing of ${path}, only:\n${findings.join("\n")}`);
  });
}
