// How long an initialisation may take before it is given up. Pure.

const ON_DEMAND_MS = 10_000;
const AHEAD_MS_MIN = 130_000;
const AHEAD_MS_MAX = 900_000;

/**
 * Milliseconds. What is initialised ahead of its invocations has 130 seconds or the function's timeout, whichever is more.
 * Source: Lambda Developer Guide, "Lambda execution environment lifecycle", Init phase.
 */
export function initTimeoutMs(spec: {
  readonly initializationType: string;
  readonly timeoutMs: number;
  readonly debugPort?: number | undefined;
}): number {
  if (spec.debugPort !== undefined) return spec.timeoutMs;
  if (spec.initializationType === "on-demand") return ON_DEMAND_MS;
  return Math.min(AHEAD_MS_MAX, Math.max(AHEAD_MS_MIN, spec.timeoutMs));
}
