// Whether a policy scales now, as AWS's two alarms and cooldowns would have it. Pure.

/** The metric above its target for three minutes scales out. Source: Lambda Developer Guide, "Managing provisioned concurrency". */
export const HIGH_DATAPOINTS = 3;
/** The metric below nine tenths of its target for fifteen minutes scales in. Source: the same. */
export const LOW_DATAPOINTS = 15;
const LOW_SHARE = 0.9;
/** What a product of fractions may be off by. */
const EPSILON = 1e-9;

/** What a policy has done before. */
export interface TrackingHistory {
  readonly lastOut: { readonly atMs: number; readonly added: number } | undefined;
  readonly lastIn: { readonly atMs: number } | undefined;
}

/** Everything that a decision depends on. */
export interface TrackingFacts {
  /** Utilisation, a minute each, the newest last; undefined for a minute without a figure. */
  readonly datapoints: readonly (number | undefined)[];
  readonly targetValue: number;
  /** Environments that are asked for now. */
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly nowMs: number;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly mayScaleOut: boolean;
  readonly mayScaleIn: boolean;
  readonly history: TrackingHistory;
}

/** What to do. */
export type TrackingDecision =
  | { readonly outcome: "keep" }
  | { readonly outcome: "scaleOut"; readonly capacity: number }
  | { readonly outcome: "scaleIn"; readonly capacity: number };

const KEEP: TrackingDecision = { outcome: "keep" };

/** The newest datapoints when each is there; a missing one leaves the alarm without enough data. */
function newest(facts: TrackingFacts, count: number): readonly number[] | undefined {
  const taken = facts.datapoints.slice(-count).filter((it) => it !== undefined);
  return taken.length === count ? taken : undefined;
}

/** The capacity at which the same use would meet the target. */
function proportional(facts: TrackingFacts, utilization: number): number {
  return Math.ceil((facts.current * utilization) / facts.targetValue - EPSILON);
}

function scaleOut(facts: TrackingFacts): TrackingDecision {
  const high = newest(facts, HIGH_DATAPOINTS);
  const last = high?.at(-1);
  if (!facts.mayScaleOut || last === undefined || !high?.every((it) => it > facts.targetValue + EPSILON)) return KEEP;
  const capacity = Math.min(facts.max, proportional(facts, last));
  if (capacity <= facts.current) return KEEP;
  const { lastOut } = facts.history;
  const isCooling = lastOut !== undefined && facts.nowMs - lastOut.atMs < facts.scaleOutCooldownMs;
  // While it cools down, only a larger step than the one before goes ahead.
  if (isCooling && capacity - facts.current <= lastOut.added) return KEEP;
  return { outcome: "scaleOut", capacity };
}

function scaleIn(facts: TrackingFacts): TrackingDecision {
  const low = newest(facts, LOW_DATAPOINTS);
  const threshold = facts.targetValue * LOW_SHARE - EPSILON;
  if (!facts.mayScaleIn || !low?.every((it) => it < threshold)) return KEEP;
  // The busiest of the minutes decides, so that the next busy one doesn't scale out again at once.
  const capacity = Math.max(facts.min, proportional(facts, Math.max(...low)));
  if (capacity >= facts.current) return KEEP;
  const { lastIn } = facts.history;
  const isCooling = lastIn !== undefined && facts.nowMs - lastIn.atMs < facts.scaleInCooldownMs;
  return isCooling ? KEEP : { outcome: "scaleIn", capacity };
}

/** Decides for one policy; scaling out goes before scaling in. */
export function decideTracking(facts: TrackingFacts): TrackingDecision {
  if (facts.current === 0) return KEEP;
  const out = scaleOut(facts);
  return out.outcome === "keep" ? scaleIn(facts) : out;
}
