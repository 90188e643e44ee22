// Deadlines as signals: the one place that makes them.

/** A signal that aborts after `delayMs`. */
export function deadline(delayMs: number): AbortSignal {
  return AbortSignal.timeout(delayMs);
}
