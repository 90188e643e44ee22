// How many sandboxes of one kind should wait: as many as were lately asked for at once, for a while. Pure.

/** Starts this close together are one burst. */
const BURST_MS = 10_000;
/** After this long without a burst of its size, half of what was kept for one is let go. */
const HALF_LIFE_MS = 300_000;
/** What nobody has asked for in this long is not kept at all. */
const FORGET_AFTER_MS = 1_800_000;

/** How much one kind of sandbox has been asked for. */
export interface Demand {
  /** Starts in the burst that is under way, and when it began. */
  readonly burst: number;
  readonly burstAtMs: number;
  /** The greatest burst lately, and when it was. */
  readonly peak: number;
  readonly peakAtMs: number;
  readonly lastAtMs: number;
}

/** One kind that will be needed, but has not been yet: a function of it was published. */
export function expected(nowMs: number): Demand {
  return { burst: 0, burstAtMs: nowMs, peak: 1, peakAtMs: nowMs, lastAtMs: nowMs };
}

const decayed = (demand: Demand, nowMs: number): number =>
  demand.peak * 2 ** (-(nowMs - demand.peakAtMs) / HALF_LIFE_MS);

/** The demand after one more was asked for. */
export function asked(demand: Demand | undefined, nowMs: number): Demand {
  if (demand === undefined) return { burst: 1, burstAtMs: nowMs, peak: 1, peakAtMs: nowMs, lastAtMs: nowMs };
  const goesOn = nowMs - demand.burstAtMs < BURST_MS;
  const burst = goesOn ? demand.burst + 1 : 1;
  const burstAtMs = goesOn ? demand.burstAtMs : nowMs;
  const isPeak = burst >= decayed(demand, nowMs);
  return {
    burst,
    burstAtMs,
    peak: isPeak ? burst : demand.peak,
    peakAtMs: isPeak ? nowMs : demand.peakAtMs,
    lastAtMs: nowMs,
  };
}

/** How many should wait now: at least one while anybody may come. */
export function wanted(demand: Demand, nowMs: number): number {
  if (nowMs - demand.lastAtMs >= FORGET_AFTER_MS) return 0;
  return Math.max(1, Math.ceil(decayed(demand, nowMs)));
}

/** One kind as the shares are dealt out: what it wants, and how many of it wait. */
export interface Standing {
  readonly wanted: number;
  readonly waiting: number;
}

/**
 * Which kind to make one more of: the one that has least of what it wants, the first among equals. -1 where all have what
 * they want, or where as many wait as may.
 */
export function nextToMake(standings: readonly Standing[], max: number): number {
  if (standings.reduce((sum, it) => sum + it.waiting, 0) >= max) return -1;
  let best = -1;
  let bestShare = 1;
  for (const [index, { wanted: goal, waiting }] of standings.entries()) {
    const share = goal === 0 ? 1 : waiting / goal;
    if (share >= bestShare) continue;
    best = index;
    bestShare = share;
  }
  return best;
}
