// Deadlines as signals.

/** A signal that aborts after a time. */
export function deadlineAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}
