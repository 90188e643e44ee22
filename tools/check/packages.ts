// Checks that what the published code imports is among the dependencies that users get.
import { isBuiltin } from "node:module";
import { scanImports } from "./scan-imports.ts";
import { isForTests, type SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

/** Imports of values, in src/ outside tests, from packages that package.json does not list under "dependencies". Pure. */
export function checkPackages(files: readonly SourceFile[], dependencies: ReadonlySet<string>): readonly Violation[] {
  const published = files.filter((file) => file.path.startsWith("src/") && !isForTests(file.path));
  return published.flatMap((file) =>
    scanImports(file.text).flatMap(({ specifier, kind, line }) => {
      if (kind === "type" || kind === "url" || specifier.startsWith(".") || isBuiltin(specifier)) return [];
      const name = packageOf(specifier);
      if (dependencies.has(name)) return [];
      const message = `imports ${name}, which package.json does not list under "dependencies"`;
      return [{ path: file.path, line, rule: "undeclared-package", message }];
    }),
  );
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
