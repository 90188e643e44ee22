// How long an environment's initialisation may take. Pure.
import type { EnvironmentSpec } from "../../link/messages.ts";

const ON_DEMAND_MS = 10_000;
const AHEAD_MS_MIN = 130_000;
const AHEAD_MS_MAX = 900_000;

/**
 * Milliseconds from the start of Init: ten seconds on demand; what is made ahead of invocations has as long as the
 * function's timeout, and 130 seconds at least.
 * Source: Lambda Developer Guide, "Lambda execution environment lifecycle"
 */
export function initTimeoutMs(of: Pick<EnvironmentSpec, "initializationType" | "timeoutMs">): number {
  if (of.initializationType === "on-demand") return ON_DEMAND_MS;
  return Math.min(AHEAD_MS_MAX, Math.max(AHEAD_MS_MIN, of.timeoutMs));
}
