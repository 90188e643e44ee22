// The feed: the one stream of things that happened, kept for a while in a ring. Logs, metrics, traces and tests read it.
import type { AsyncInvoked, FeedEvent, Invoked } from "./feed-event.ts";

export type { AsyncInvoked, FeedEvent, Invoked };

/** An event with its place in the stream. */
export type Numbered = FeedEvent & { readonly sequence: number; readonly atMs: number };

/** The stream. Publishing costs one append. */
export interface Feed {
  publish(event: FeedEvent): void;
  /** Events after a place, oldest first; those that the ring has let go are missing. */
  after(sequence: number, limit: number): readonly Numbered[];
  /** The place of the newest event. */
  newest(): number;
  /** Resolves when there is something after a place, or when the signal aborts. */
  wait(sequence: number, signal: AbortSignal): Promise<void>;
}

const EVENTS_KEPT = 16_384;

/** An empty feed. */
export function createFeed(nowMs: () => number, kept: number = EVENTS_KEPT): Feed {
  const ring: (Numbered | undefined)[] = Array.from({ length: kept });
  const waiting = new Set<() => void>();
  let newest = 0;
  return {
    publish(event) {
      newest++;
      ring[newest % kept] = { sequence: newest, atMs: nowMs(), ...event };
      if (waiting.size === 0) return;
      for (const wake of waiting) wake();
      waiting.clear();
    },
    after(sequence, limit) {
      const events: Numbered[] = [];
      for (let at = Math.max(sequence, newest - kept) + 1; at <= newest && events.length < limit; at++) {
        const event = ring[at % kept];
        if (event !== undefined) events.push(event);
      }
      return events;
    },
    newest: () => newest,
    wait(sequence, signal) {
      if (sequence < newest || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.add(resolve);
        signal.addEventListener(
          "abort",
          () => {
            waiting.delete(resolve);
            resolve();
          },
          { once: true },
        );
      });
    },
  };
}
