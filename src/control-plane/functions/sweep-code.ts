// Removes packages that neither a function version nor a layer version uses any more: at the start and then every hour.
import type { ControlPlaneParts } from "../parts.ts";

const EVERY_MS = 3_600_000;

async function sweepCode(parts: ControlPlaneParts): Promise<void> {
  // Layers first, since that takes a while: what functions use is asked for in the very step in which the rest goes, and
  // a layer that a function takes meanwhile is kept by that.
  const ofLayers = await parts.layers.contents();
  parts.code.sweep(parts.publication.codeInUse().union(new Set(ofLayers)));
}

/** Sweeps now and goes on for as long as the clock runs. */
export function sweepCodeRegularly(parts: ControlPlaneParts): void {
  sweepCode(parts).catch(parts.onFault);
  parts.clock.after(EVERY_MS, () => sweepCodeRegularly(parts));
}
