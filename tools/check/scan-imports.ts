// Finds what a file imports, by patterns and not by a syntax tree: formatting is checked too, so statements begin their lines.
import { posix } from "node:path";
import type { SourceFile } from "./source-files.ts";

/** One import. `type` vanishes when the file runs; `url` is `new URL("./file", import.meta.url)`. */
export interface Import {
  readonly specifier: string;
  readonly kind: "static" | "type" | "dynamic" | "url";
  readonly line: number;
}

const FROM = /^[ \t]*(?:import|export)\b(?<clause>[^;"'`]*?)\bfrom\s*["'](?<specifier>[^"'\n]+)["']/gm;
const SIDE_EFFECT = /^[ \t]*import\s*["'](?<specifier>[^"'\n]+)["']/gm;
const CALL = /\b(?:import|require|require\.resolve)\(\s*["'](?<specifier>[^"'\n]+)["']/g;
const NEW_URL = /\bnew URL\(\s*["'](?<specifier>[^"'\n]+)["'],\s*import\.meta\.url/g;
const COMMENT = /^[ \t]*(?:\/\/.*$|\/\*[\s\S]*?\*\/)/gm;

/** All imports of a file, static and dynamic, of values and of types. */
export function scanImports(text: string): readonly Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const collect = (pattern: RegExp, kindOf: (clause: string) => Import["kind"]): void => {
    for (const match of code.matchAll(pattern)) {
      const specifier = match.groups?.["specifier"] ?? "";
      const line = code.slice(0, match.index).split("\n").length;
      found.push({ specifier, kind: kindOf(match.groups?.["clause"] ?? ""), line });
    }
  };
  collect(FROM, (clause) => (/^\s*type\b/.test(clause) ? "type" : "static"));
  collect(SIDE_EFFECT, () => "static");
  collect(CALL, () => "dynamic");
  collect(NEW_URL, () => "url");
  return found;
}

/** The text with comments that begin their line blanked; line numbers stay. */
export function withoutComments(text: string): string {
  return text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, " "));
}

/** The path of an imported file, relative to the root; undefined for packages and built-in modules. */
export function resolveImport(importer: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(importer.path), specifier);
}
