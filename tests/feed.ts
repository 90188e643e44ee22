// What a running Hearth says has happened, for tests that look at it or wait for it.
import type { Numbered } from "../src/feed/feed.ts";
import type { RunningHearth } from "./a-hearth.ts";

const TIMEOUT_MS = 60_000;
const WAIT_SECONDS = 5;

/** Everything that has happened, all of it until now at least, as soon as this holds of it. Rejects after a minute. */
export async function feedUntil(
  { endpoint }: Pick<RunningHearth, "endpoint">,
  holds: (events: readonly Numbered[]) => boolean,
): Promise<readonly Numbered[]> {
  const all: Numbered[] = [];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let isAtEnd = false;
  for (let after = 0; !(isAtEnd && holds(all)); ) {
    const wait = isAtEnd ? WAIT_SECONDS : 0;
    const answer = await fetch(`${endpoint}/_hearth/events?after=${after}&wait=${wait}`, { signal });
    const { events, next } = (await answer.json()) as { events: readonly Numbered[]; next: number };
    all.push(...events);
    after = next;
    isAtEnd ||= events.length === 0;
  }
  return all;
}

/** Everything that has happened until now. */
export async function feedSoFar(hearth: Pick<RunningHearth, "endpoint">): Promise<readonly Numbered[]> {
  return await feedUntil(hearth, () => true);
}
