// Checks that every file of src/ is reached from a program or a test.
import { resolveImport, scanImports } from "./scan-imports.ts";
import type { SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

/** Files of src/ that nothing reaches. Pure. Roots are the processes, the command line, tests, and all that stands outside src/. */
export function checkDeadFiles(files: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const waiting = files.filter((file) => isRoot(file.path));
  const reached = new Set(waiting.map((file) => file.path));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const { specifier } of scanImports(file.text)) {
      const target = byPath.get(resolveImport(file, specifier) ?? "");
      if (target === undefined || reached.has(target.path)) continue;
      reached.add(target.path);
      waiting.push(target);
    }
  }
  const dead = files.filter((file) => !reached.has(file.path));
  return dead.map(({ path }) => ({ path, line: 1, rule: "dead-file", message: "is imported by nothing that runs" }));
}

function isRoot(path: string): boolean {
  if (!path.startsWith("src/")) return true;
  return /^src\/main\/[^/]+\.ts$/.test(path) || path === "src/cli/main.ts" || path.endsWith(".test.ts");
}
