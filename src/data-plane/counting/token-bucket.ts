// A rate with room for a burst: tokens come back evenly, up to a bound, and each request takes one. No clock, no I/O.

/** What is left, and since when. Changed in place: every invoke takes a token. */
export interface TokenBucket {
  tokens: number;
  atMs: number;
}

/** How many tokens a bucket holds at most, and how many come back in a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A full bucket. */
export function fullBucket(rate: Rate, nowMs: number): TokenBucket {
  return { tokens: rate.burst, atMs: nowMs };
}

/** Takes a token, if there is one. The rate may differ from call to call: what is above a smaller burst is lost. */
export function takeToken(bucket: TokenBucket, rate: Rate, nowMs: number): boolean {
  const earned = (Math.max(0, nowMs - bucket.atMs) / 1000) * rate.perSecond;
  bucket.tokens = Math.min(rate.burst, bucket.tokens + earned);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
