// When a pool may make its next sandbox: while nothing runs, else now and then, so that refilling never slows running work. Pure.

/** This long without work counts as a pause: a client that invokes again and again leaves shorter ones. */
const QUIET_MS = 25;
/** Under work that never pauses, one is made this often all the same, at the lowest priority. */
const TRICKLE_MS = 1_000;
/** How long until it is worth looking again. */
const LOOK_AGAIN_MS = 25;

/** What is going on. */
export interface Activity {
  /** Starts under way that somebody waits for. */
  readonly starting: number;
  readonly lastWorkAtMs: number;
  /** Since when a refill has been due. */
  readonly dueSinceMs: number;
}

/** Milliseconds until the refill may be looked at again; 0: now. */
export function refillDelayMs({ starting, lastWorkAtMs, dueSinceMs }: Activity, nowMs: number): number {
  if (starting === 0 && nowMs - lastWorkAtMs >= QUIET_MS) return 0;
  return nowMs - dueSinceMs >= TRICKLE_MS ? 0 : LOOK_AGAIN_MS;
}
