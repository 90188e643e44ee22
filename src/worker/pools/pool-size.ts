// How many sandboxes of one kind should wait: as many as were lately started or published at once, for a while. Pure.

/** What is this close together is one burst. */
const BURST_MS = 10_000;
/** After this long without a burst of its size, half of what was kept for one is let go. */
const HALF_LIFE_MS = 300_000;
/** What nobody has asked for in this long is not kept at all. */
const FORGET_AFTER_MS = 1_800_000;

/** The most that publications alone ask for: most functions are not invoked as soon as they are there. */
const PUBLISHED_MAX = 8;

/** What came close together, and the greatest of that lately. */
interface Bursts {
  readonly burst: number;
  readonly burstAtMs: number;
  readonly peak: number;
  readonly peakAtMs: number;
}

/** How much one kind of sandbox has been asked for. */
export interface Demand {
  readonly starts: Bursts;
  readonly publications: Bursts;
  readonly lastAtMs: number;
}

const none = (nowMs: number): Bursts => ({ burst: 0, burstAtMs: nowMs, peak: 0, peakAtMs: nowMs });

const decayed = (bursts: Bursts, nowMs: number): number =>
  bursts.peak * 2 ** (-(nowMs - bursts.peakAtMs) / HALF_LIFE_MS);

function oneMore(bursts: Bursts, nowMs: number): Bursts {
  const goesOn = nowMs - bursts.burstAtMs < BURST_MS;
  const burst = goesOn ? bursts.burst + 1 : 1;
  const burstAtMs = goesOn ? bursts.burstAtMs : nowMs;
  const isPeak = burst >= decayed(bursts, nowMs);
  return {
    burst,
    burstAtMs,
    peak: isPeak ? burst : bursts.peak,
    peakAtMs: isPeak ? nowMs : bursts.peakAtMs,
  };
}

/** A kind that nobody has asked for yet. */
export function noDemand(nowMs: number): Demand {
  return { starts: none(nowMs), publications: none(nowMs), lastAtMs: nowMs };
}

/** The demand after one more start. */
export function started(demand: Demand, nowMs: number): Demand {
  return { ...demand, starts: oneMore(demand.starts, nowMs), lastAtMs: nowMs };
}

/** The demand after one more function was published: those of a stack are invoked together, too. */
export function published(demand: Demand, nowMs: number): Demand {
  return { ...demand, publications: oneMore(demand.publications, nowMs), lastAtMs: nowMs };
}

/** How many should wait now: at least one while anybody may come. */
export function wanted(demand: Demand, nowMs: number): number {
  if (nowMs - demand.lastAtMs >= FORGET_AFTER_MS) return 0;
  const forPublications = Math.min(PUBLISHED_MAX, decayed(demand.publications, nowMs));
  return Math.max(1, Math.ceil(Math.max(decayed(demand.starts, nowMs), forPublications)));
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
