// A tree that keeps the rules passes every check, and each exception that the rules make is one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runHouseChecks } from "../../tools/check/house-checks.ts";
import { plant } from "./planted-tree.ts";

const CLEAN = {
  "src/main/services.ts": `// The process of the services.
import { createGateway } from "../gateway/gateway.ts";

createGateway(process.env["HEARTH_PORT"] ?? "4566");
`,
  "src/gateway/gateway.ts": `// The door.
import { nowMs } from "../foundation/clock.ts";
import type { Arn } from "../model/arn.ts";

/** Opens it. */
export function createGateway(port: string): Arn {
  return \`\${port}-\${nowMs()}-\${new Date(0).getTime()}\`;
}
`,
  "src/gateway/gateway.test.ts": `// Tests of the door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createGateway } from "./gateway.ts";

test("it opens", () => {
  assert.match(createGateway(process.version), /^v/);
});
`,
  "src/foundation/clock.ts": `// The one place that reads the time.

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now();
}
`,
  "src/model/arn.ts": `/** A name of a resource. */
export type Arn = string;
`,
  "src/model/regions.ts": `// A table of lines.
${"// line\n".repeat(600)}
export const REGIONS: readonly string[] = [];
`,
  "src/cli/main.ts": `// The command line, which may print.
import { REGIONS } from "../model/regions.ts";

console.log(REGIONS);
`,
};

test("a clean tree passes every check", async () => {
  using tree = plant(CLEAN);

  const results = await runHouseChecks(tree.root);

  assert.deepEqual(
    results.filter(({ findings }) => findings.length > 0),
    [],
  );
  assert.equal(results.length, 10);
});

test("a tree in which the checks find no source is reported, and does not pass", async () => {
  using tree = plant({});

  const results = await runHouseChecks(tree.root);

  const broken = results.filter(({ findings }) => findings.length > 0).map(({ name }) => name);
  assert.ok(broken.includes("sources are there"), broken.join());
});
