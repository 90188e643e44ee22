// How long environments of one function were idle before they were used again, minute by minute. Pure.

const MINUTE_MS = 60_000;
/** Longer idle times are counted together: nobody keeps an environment for them. */
export const HISTOGRAM_MINUTES = 60;

/** Idle times that were observed. Changed in place: one number goes up with each. */
export interface IdleHistogram {
  /** By whole minutes. */
  readonly minutes: Uint32Array;
  /** Of an hour and more. */
  beyond: number;
  total: number;
}

/** Nothing observed yet. */
export function emptyHistogram(): IdleHistogram {
  return { minutes: new Uint32Array(HISTOGRAM_MINUTES), beyond: 0, total: 0 };
}

/** Counts one idle time. */
export function observe(histogram: IdleHistogram, idleMs: number): void {
  const minute = Math.floor(idleMs / MINUTE_MS);
  histogram.total += 1;
  if (minute >= HISTOGRAM_MINUTES) histogram.beyond += 1;
  else histogram.minutes[minute] = (histogram.minutes[minute] ?? 0) + 1;
}

/**
 * How unlike each other the minutes' counts are: standard deviation over mean. High where idle times are alike,
 * 0 where any is as likely as any other and the histogram says nothing.
 */
export function concentration({ minutes }: IdleHistogram): number {
  let sum = 0;
  let squares = 0;
  for (const count of minutes) {
    sum += count;
    squares += count * count;
  }
  const mean = sum / minutes.length;
  return mean === 0 ? 0 : Math.sqrt(Math.max(0, squares / minutes.length - mean * mean)) / mean;
}

/** The end of the minute below which this share of the idle times under an hour lie. */
export function percentileMs({ minutes, total, beyond }: IdleHistogram, share: number): number {
  const wanted = share * (total - beyond);
  let seen = 0;
  for (const [minute, count] of minutes.entries()) {
    seen += count;
    if (seen >= wanted) return (minute + 1) * MINUTE_MS;
  }
  return HISTOGRAM_MINUTES * MINUTE_MS;
}
