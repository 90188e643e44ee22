// Checks that no file is longer than 500 lines, unless its first line says that it is a table or generated.
import type { SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

const LINES_MAX = 500;
const EXEMPTION = /^(?:\/\/|\/\*).*\b(?:table|generated)\b/i;

/** Files that are too long. Pure. */
export function checkFileLength(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, "").split("\n");
    if (lines.length <= LINES_MAX || EXEMPTION.test(lines[0] ?? "")) return [];
    const message = `has ${lines.length} lines, ${LINES_MAX} are the limit: find the two things it does`;
    return [{ path, line: LINES_MAX + 1, rule: "file-length", message }];
  });
}
