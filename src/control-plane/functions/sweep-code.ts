// Removes packages that no version uses any more: at the start and then every hour.
import type { ControlPlaneParts } from "../parts.ts";

const EVERY_MS = 3_600_000;

/** Sweeps now and goes on for as long as the clock runs. */
export function sweepCodeRegularly(parts: ControlPlaneParts): void {
  try {
    parts.code.sweep(parts.publication.codeInUse());
  } catch (error) {
    parts.onFault(error);
  }
  parts.clock.after(EVERY_MS, () => sweepCodeRegularly(parts));
}
