// Checks that no file is named for everything and nothing: such a name means that its concept has not been found yet.
import { basename } from "node:path";
import type { SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

const NAMELESS = new Set(["index", "utils", "util", "helpers", "helper", "common", "misc", "types", "manager"]);

/** Files with a name that says nothing. Pure. Examples and runtimes are free: AWS says what a handler's file is called. */
export function checkFileNames(files: readonly SourceFile[]): readonly Violation[] {
  const ours = files.filter((file) => !/^(examples|runtimes)\//.test(file.path));
  return ours.flatMap(({ path }) => {
    const name = basename(path).replace(/\..*/, "");
    if (!NAMELESS.has(name)) return [];
    return [{ path, line: 1, rule: "file-name", message: `is named "${name}", which names no concept` }];
  });
}
