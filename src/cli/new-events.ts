// Which events of a log that is read again and again have not been shown yet. Pure but for what it remembers.

/** Batches of environments come up to this much later than their events happened. */
const LATE_MS_MAX = 10_000;

/** Remembers what was shown as far back as something may still come in. */
export interface NewEvents<Event> {
  /** From when on to read. */
  startMs(): number;
  /** Those not taken before, in their order. */
  take(events: readonly Event[]): readonly Event[];
  /** After the last page: lets the start follow the newest event, and forgets what lies before it. */
  moveOn(): void;
}

/** Nothing has been shown yet. */
export function createNewEvents<
  Event extends { readonly eventId: string; readonly timestamp: number },
>(): NewEvents<Event> {
  const shown = new Map<string, number>();
  let startMs = 0;
  let newestMs = 0;
  return {
    startMs: () => startMs,
    take(events) {
      const fresh = events.filter((it) => !shown.has(it.eventId));
      for (const { eventId, timestamp } of fresh) {
        shown.set(eventId, timestamp);
        newestMs = Math.max(newestMs, timestamp);
      }
      return fresh;
    },
    moveOn() {
      startMs = Math.max(0, newestMs - LATE_MS_MAX);
      for (const [eventId, timestamp] of shown) if (timestamp < startMs) shown.delete(eventId);
    },
  };
}
