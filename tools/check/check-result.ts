// What one house check, our own or another's program, comes to.

/** A check and what it found; no findings mean that the rule holds. */
export interface CheckResult {
  readonly name: string;
  readonly findings: readonly string[];
}
