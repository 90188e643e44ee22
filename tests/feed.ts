// What a running Hearth says has happened, for tests that wait for it.
import type { Numbered } from "../src/feed/feed.ts";
import type { RunningHearth } from "./a-hearth.ts";

const TIMEOUT_MS = 60_000;
const WAIT_SECONDS = 5;

/** Everything that has happened, as soon as this holds of it. Rejects after a minute. */
export async function feedUntil(
  { endpoint }: Pick<RunningHearth, "endpoint">,
  holds: (events: readonly Numbered[]) => boolean,
): Promise<readonly Numbered[]> {
  const all: Numbered[] = [];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for (let after = 0; !holds(all); ) {
    const answer = await fetch(`${endpoint}/_hearth/events?after=${after}&wait=${WAIT_SECONDS}`, { signal });
    const { events, next } = (await answer.json()) as { events: readonly Numbered[]; next: number };
    all.push(...events);
    after = next;
  }
  return all;
}
