// Checks the arrows between parts: who imports whom, and only by the door. Imports of types count like all others.
import { isDoor, isKnownPart, mayKnow, partOf } from "./parts.ts";
import { resolveImport, scanImports } from "./scan-imports.ts";
import { isForTests, type SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

/** Arrows that style.md does not allow. Pure. What crosses parts in tests/, bench/ and tools/ is free to. */
export function checkImports(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    if (file.path.startsWith("runtimes/")) return checkRuntime(file);
    return file.path.startsWith("src/") ? checkSource(file) : [];
  });
}

function checkSource(file: SourceFile): readonly Violation[] {
  const from = partOf(file.path);
  if (from === undefined || !isKnownPart(from)) {
    const message = `${from ?? "src/ itself"} is no part that tools/check/parts.ts knows; put the file into one, or add the part there`;
    return [{ path: file.path, line: 1, rule: "unknown-part", message }];
  }
  return scanImports(file.text).flatMap(({ specifier, line }) => {
    const target = resolveImport(file, specifier);
    if (target === undefined) return [];
    const found = judge(file.path, from, target);
    return found === undefined ? [] : [{ path: file.path, line, ...found }];
  });
}

function judge(path: string, from: string, target: string): Pick<Violation, "rule" | "message"> | undefined {
  const to = partOf(target);
  if (to === from) return undefined;
  // Code reads no file beside src/ by importing it; tests may.
  if (to === undefined) {
    if (isForTests(path)) return undefined;
    return { rule: "outside-src", message: `imports ${target}, which is outside the parts of src/` };
  }
  if (!mayKnow(from, to)) {
    return {
      rule: "arrow",
      message: `${from} must not know ${to}; declare the interface it needs, and src/main passes it in`,
    };
  }
  const isFixture = isForTests(path) && target.endsWith(".fixtures.ts");
  // main joins the parts' insides with their surroundings, and the commands ask the same parts.
  if (from === "main" || from === "cli") return undefined;
  if (isDoor(target) || isFixture) return undefined;
  return {
    rule: "door",
    message: `imports ${target}, which is inside ${to}; only its door ${doorOf(to)} may be imported`,
  };
}

function doorOf(part: string): string {
  return `src/${part}/${part.slice(part.lastIndexOf("/") + 1)}.ts`;
}

// A runtime runs inside a sandbox, where nothing of src/ exists.
function checkRuntime(file: SourceFile): readonly Violation[] {
  if (isForTests(file.path)) return [];
  return scanImports(file.text).flatMap(({ specifier, line }) => {
    const target = resolveImport(file, specifier);
    if (target === undefined || target.startsWith("runtimes/")) return [];
    return [{ path: file.path, line, rule: "runtime-alone", message: `imports ${target}, which no sandbox has` }];
  });
}
