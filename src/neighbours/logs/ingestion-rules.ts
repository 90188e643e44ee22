// Which events CloudWatch Logs takes: in order, not too old, not too far ahead. Pure.
import type { RejectedLogEventsInfo } from "@aws-sdk/client-cloudwatch-logs";
import { eventBytes, type LogEvent } from "./logs-store/batch.ts";
import { invalidParameter } from "./exceptions.ts";

const DAY_MS = 86_400_000;
/** Source: API reference, PutLogEvents: the constraints of a batch. */
const AGE_MS_MAX = 14 * DAY_MS;
const AHEAD_MS_MAX = 2 * 3_600_000;
const SPAN_MS_MAX = DAY_MS;
const REQUEST_BYTES_MAX = 1_048_576;

/** What a request's events come to. */
export interface SortedOut {
  readonly taken: readonly LogEvent[];
  readonly rejected: RejectedLogEventsInfo | undefined;
}

function check(events: readonly LogEvent[]): void {
  if (events.some((it, index) => index > 0 && it.timestampMs < (events[index - 1]?.timestampMs ?? 0))) {
    throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
  }
  if ((events.at(-1)?.timestampMs ?? 0) - (events[0]?.timestampMs ?? 0) > SPAN_MS_MAX) {
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  const bytes = events.reduce((sum, it) => sum + eventBytes(it.message), 0);
  if (bytes > REQUEST_BYTES_MAX) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${REQUEST_BYTES_MAX}`);
  }
}

/** Takes what is within its time; the answer names the edges of what was not. Throws InvalidParameterException. */
export function sortOutEvents(events: readonly LogEvent[], nowMs: number, retentionDays: number | null): SortedOut {
  check(events);
  const expiredMs = retentionDays === null ? 0 : nowMs - retentionDays * DAY_MS;
  const tooOld = events.filter((it) => it.timestampMs < nowMs - AGE_MS_MAX).length;
  const expired = events.filter((it) => it.timestampMs < expiredMs).length;
  const tooNew = events.findIndex((it) => it.timestampMs > nowMs + AHEAD_MS_MAX);
  const taken = events.slice(Math.max(tooOld, expired), tooNew < 0 ? events.length : tooNew);
  const rejected = {
    ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(expired === 0 ? {} : { expiredLogEventEndIndex: expired }),
  };
  return { taken, rejected: Object.keys(rejected).length === 0 ? undefined : rejected };
}

/** A function's own claim about when it logged something; one that can't be is replaced by when it was heard. */
export function plausibleEvents(events: readonly LogEvent[], nowMs: number): readonly LogEvent[] {
  const isPlausible = (ms: number): boolean =>
    Number.isSafeInteger(ms) && ms >= nowMs - AGE_MS_MAX && ms <= nowMs + AHEAD_MS_MAX;
  return events.map((it) => (isPlausible(it.timestampMs) ? it : { ...it, timestampMs: nowMs }));
}
