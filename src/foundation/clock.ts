// The only place that reads time or waits: everything else is given a Clock.

/** Something that can be called off. Disposing twice is harmless. */
export interface Timer extends Disposable {}

/** Wall time, elapsed time and timers; a virtual one can stand in for tests and simulation. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds since some fixed point, never going back; with fractions. */
  elapsedMs(): number;
  /** Calls `then` once, after `delayMs`; does not keep the process alive. */
  after(delayMs: number, then: () => void): Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(delayMs, then) {
    // Node fires at once for delays above 2^31-1 ms; nothing here waits that long on purpose.
    const timeout = setTimeout(then, Math.min(delayMs, 0x7fffffff));
    timeout.unref();
    return { [Symbol.dispose]: () => clearTimeout(timeout) };
  },
};

/** A clock that stands still until `advance` is called; timers fire in order of their time. */
export function createVirtualClock(startMs = 0): Clock & { advance(byMs: number): void } {
  let nowMs = startMs;
  let serial = 0;
  const pending = new Map<number, { readonly atMs: number; readonly fire: () => void }>();
  return {
    nowMs: () => nowMs,
    elapsedMs: () => nowMs - startMs,
    after(delayMs, then) {
      const id = serial++;
      pending.set(id, { atMs: nowMs + delayMs, fire: then });
      return { [Symbol.dispose]: () => void pending.delete(id) };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const due = [...pending].filter(([, timer]) => timer.atMs <= untilMs).sort((a, b) => a[1].atMs - b[1].atMs)[0];
        if (due === undefined) break;
        pending.delete(due[0]);
        nowMs = Math.max(nowMs, due[1].atMs);
        due[1].fire();
      }
      nowMs = untilMs;
    },
  };
}

/** Resolves after `delayMs`, or rejects with the signal's reason. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      timer[Symbol.dispose]();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
