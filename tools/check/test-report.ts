// Turns the events of node:test into lines for people and into the counts of the last line.
import type { TestEvent } from "node:test/reporters";
import { relative } from "node:path";
import { inspect } from "node:util";

const OUTPUT_LINES_MAX = 60;

/** How it went. A failure is counted once: not again for the tests and suites around it. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The report of one run; `write` gets whole lines as they come. */
export interface TestReport {
  /** Takes an event of node:test. */
  add(event: TestEvent): void;
  /** Takes the result of something that is no test of node:test and is counted like one. */
  addCheck(name: string, findings: readonly string[]): void;
  /** Writes what failed once more, and the counts as the last line. */
  finish(): Counts;
}

/** Makes a report for a run in the given directory, to which paths are shown relative. */
export function createTestReport(directory: string, write: (line: string) => void): TestReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const output = new Map<string, string[]>();
  const failedFiles = new Set<string>();

  const fail = (title: string, reason: string): void => {
    counts.failed += 1;
    failures.push(title);
    write(`FAILED   ${title}`);
    for (const line of reason.split("\n")) write(`         ${line}`);
  };
  const titleOf = (data: { readonly name: string; readonly file?: string; readonly line?: number }): string => {
    const file = data.file === undefined ? "" : relative(directory, data.file);
    // A file that broke before its first test is reported under its own name.
    return isFile(data) || file === "" ? relative(directory, data.name) : `${file}:${data.line}: ${data.name}`;
  };

  return {
    add(event) {
      if (event.type === "test:stdout" || event.type === "test:stderr") {
        const lines = output.get(event.data.file) ?? [];
        lines.push(...event.data.message.replace(/\n$/, "").split("\n"));
        output.set(event.data.file, lines.slice(-OUTPUT_LINES_MAX));
      } else if (event.type === "test:pass") {
        const { skip, todo, details } = event.data;
        const waived = skip ?? todo;
        if (waived !== undefined && waived !== false) {
          counts.skipped += 1;
          write(`skipped  ${titleOf(event.data)}: ${waived === true || waived === "" ? "no reason given" : waived}`);
        } else if (isFile(event.data)) fail(titleOf(event.data), "has no tests");
        else if (details.type !== "suite") counts.passed += 1;
      } else if (event.type === "test:fail") {
        const { error } = event.data.details;
        if ("failureType" in error && error.failureType === "subtestsFailed") return;
        failedFiles.add(event.data.file ?? event.data.name);
        fail(titleOf(event.data), explain(error));
      }
    },
    addCheck(name, findings) {
      if (findings.length === 0) counts.passed += 1;
      else fail(name, findings.join("\n"));
    },
    finish() {
      for (const file of failedFiles) {
        const lines = output.get(file) ?? [];
        if (lines.length > 0) write(`\nThe end of what ${relative(directory, file)} wrote:`);
        for (const line of lines) write(`         ${line}`);
      }
      if (failures.length > 0) write("\nFailed:");
      for (const title of failures) write(`         ${title}`);
      write(
        `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`,
      );
      return counts;
    },
  };
}

/** What broke, for people; `error` is what node:test wraps it in. */
function explain(error: Error): string {
  const { cause } = error;
  // An assertion's message has its difference in it; its members would say all of it again.
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_ASSERTION") return cause.stack ?? cause.message;
  if (cause !== undefined && typeof cause !== "string") return inspect(cause, { depth: 6 });
  const { exitCode, signal } = error as { readonly exitCode?: unknown; readonly signal?: unknown };
  const ended = inspect({ exitCode, signal }, { breakLength: Infinity });
  return `${cause ?? error.message}${exitCode === undefined && signal === undefined ? "" : ` ${ended}`}`;
}

/** Whether the event is about a whole file: one that has no tests, or broke outside of them. */
function isFile(data: { readonly name: string; readonly file?: string }): boolean {
  return data.name === data.file;
}
