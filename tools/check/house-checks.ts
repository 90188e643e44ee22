// All rules of the house, each as a check with a name: the programs that know syntax and types, then our own checks of the tree.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkBareDates } from "./bare-dates.ts";
import type { CheckResult } from "./check-result.ts";
import { checkDeadFiles } from "./dead-files.ts";
import { checkFileLength } from "./file-length.ts";
import { checkFileNames } from "./file-names.ts";
import { checkImports } from "./imports.ts";
import { checkPackages } from "./packages.ts";
import { runPrograms } from "./programs.ts";
import { readSourceFiles } from "./source-files.ts";
import { formatViolation, type Violation } from "./violation.ts";

/** Runs every check over the tree below a root, which holds our configuration and node_modules. */
export async function runHouseChecks(root: string): Promise<readonly CheckResult[]> {
  const programs = runPrograms(root);
  const files = readSourceFiles(root);
  const result = (name: string, violations: readonly Violation[]): CheckResult => ({
    name,
    findings: violations.map(formatViolation),
  });
  return [
    ...(await Promise.all(programs)),
    // A check that read nothing also finds nothing, so reading nothing is a finding.
    { name: "sources are there", findings: files.length > 0 ? [] : [`no source files found below ${root}`] },
    result("imports between parts", checkImports(files)),
    result("packages", checkPackages(files, readDependencies(root))),
    result("no Date without a time", checkBareDates(files)),
    result("file length", checkFileLength(files)),
    result("file names", checkFileNames(files)),
    result("dead files", checkDeadFiles(files)),
  ];
}

function readDependencies(root: string): ReadonlySet<string> {
  const parsed: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const names = new Set<string>();
  if (typeof parsed !== "object" || parsed === null) return names;
  for (const [field, value] of Object.entries(parsed)) {
    if (!/^(optionalD|peerD|d)ependencies$/.test(field) || typeof value !== "object" || value === null) continue;
    for (const name of Object.keys(value)) names.add(name);
  }
  return names;
}
