// A reader of the feed that keeps up with it, a little behind: many events at once, so that who publishes one pays nothing.
import { type Clock, sleep } from "../foundation/clock.ts";
import type { Feed, Numbered } from "./feed.ts";

/** How far behind the reader may be; the ring holds what happens meanwhile up to 160,000 events a second. */
const BEHIND_MS = 100;
const EVENTS_AT_ONCE = 1_000;

/** A reader. Disposal ends it. */
export interface FeedReader extends Disposable {
  /** Takes what has happened until now. */
  catchUp(): void;
  /** Events that the ring let go before they were read. */
  lost(): number;
}

/** Gives `take` every event from now on, in order. */
export function readFeed(
  feed: Feed,
  clock: Clock,
  take: (event: Numbered) => void,
  onFault: (error: unknown) => void,
): FeedReader {
  const ended = new AbortController();
  let at = feed.newest();
  let lost = 0;

  function catchUp(): void {
    while (at < feed.newest()) {
      const events = feed.after(at, EVENTS_AT_ONCE);
      const [first] = events;
      if (first === undefined) return;
      lost += first.sequence - at - 1;
      for (const event of events) take(event);
      at = events.at(-1)?.sequence ?? at;
    }
  }
  async function follow(): Promise<void> {
    while (!ended.signal.aborted) {
      await feed.wait(at, ended.signal);
      await sleep(clock, BEHIND_MS, ended.signal);
      catchUp();
    }
  }
  follow().catch((error: unknown) => {
    if (!ended.signal.aborted) onFault(error);
  });
  return { catchUp, lost: () => lost, [Symbol.dispose]: () => ended.abort() };
}
