// What a house check reports: one place in one file that breaks one rule.

/** One broken rule; the line counts from 1. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** The violation as one line, in the form that editors can follow. */
export function formatViolation(violation: Violation): string {
  return `${violation.path}:${violation.line}: ${violation.message} [${violation.rule}]`;
}
