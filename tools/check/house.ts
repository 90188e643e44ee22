// The command `npm run lint`: runs the house checks alone, over this repository or over the one given by --root.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runHouseChecks } from "./house-checks.ts";

const { values } = parseArgs({ options: { root: { type: "string" } } });
const results = await runHouseChecks(resolve(values.root ?? `${import.meta.dirname}/../..`));
for (const { name, findings } of results) {
  process.stdout.write(`${findings.length === 0 ? "holds " : "BROKEN"}  ${name}\n`);
  for (const finding of findings) process.stdout.write(`        ${finding}\n`);
}
process.exitCode = results.every(({ findings }) => findings.length === 0) ? 0 : 1;
