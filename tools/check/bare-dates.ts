// Finds the clock's back door that the linter has no rule for: a Date made without a time.
import { withoutComments } from "./scan-imports.ts";
import type { SourceFile } from "./source-files.ts";
import type { Violation } from "./violation.ts";

const BARE_DATE = /\bnew Date(?:\(\s*\)|(?=\s*[;,)]))|(?<![\w.]|new )Date\(/g;
const MAY_READ_THE_CLOCK = /^src\/(foundation|main|cli)\//;

/** Places in src/ that read the time by `new Date()` or `Date()`. Pure. */
export function checkBareDates(files: readonly SourceFile[]): readonly Violation[] {
  const checked = files.filter((file) => file.path.startsWith("src/") && !MAY_READ_THE_CLOCK.test(file.path));
  return checked.flatMap((file) =>
    withoutComments(file.text)
      .split("\n")
      .flatMap((text, index) => {
        if (text.search(BARE_DATE) < 0) return [];
        const message = "reads the time; take a Clock (src/foundation/clock.ts) or the milliseconds";
        return [{ path: file.path, line: index + 1, rule: "bare-date", message }];
      }),
  );
}
