// PutLogEvents and GetLogEvents: events into one stream, and out of it page by page, both ways.
import type {
  GetLogEventsRequest,
  GetLogEventsResponse,
  PutLogEventsRequest,
  PutLogEventsResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { eventBytes, formatPosition, parsePosition, type Position, START } from "./logs-store/batch.ts";
import { checkMembers, invalidParameter, streamNotFound } from "./exceptions.ts";
import { existingGroup } from "./groups.ts";
import { sortOutEvents } from "./ingestion-rules.ts";
import type { PlacedEvent } from "./logs-store/merge-batches.ts";
import type { LogsParts } from "./parts.ts";

/** Events and bytes of one answer. Source: API reference, GetLogEvents. */
export const EVENTS_MAX = 10_000;
export const ANSWER_BYTES_MAX: number = 1 << 20;

const TIMES = [0, Number.MAX_SAFE_INTEGER] as const;
const LENGTHS = [1, ANSWER_BYTES_MAX] as const;

/** The message without its line's end, as AWS gives it. */
export function shown(message: string): string {
  return message.replace(/\n$/u, "");
}

/** The operation. Events that are too old or too far ahead are left out and named in the answer. */
export async function putLogEvents(
  parts: LogsParts,
  input: PutLogEventsRequest,
  context: RequestContext,
): Promise<PutLogEventsResponse> {
  const { logStreamName = "", logEvents = [] } = input;
  const group = await existingGroup(parts, input.logGroupName, context);
  checkMembers([
    { name: "logStreamName", value: input.logStreamName, required: true, length: [1, 512], pattern: "[^:*]*" },
    {
      name: "logEvents",
      value: input.logEvents?.map((it) => it.message ?? ""),
      required: true,
      length: [1, EVENTS_MAX],
    },
    ...logEvents.flatMap(({ timestamp, message }, index) => [
      { name: `logEvents.${index + 1}.member.timestamp`, value: timestamp, required: true, range: TIMES },
      { name: `logEvents.${index + 1}.member.message`, value: message, required: true, length: LENGTHS },
    ]),
  ]);
  if ((await parts.store.stream(group.id, logStreamName)) === undefined) throw streamNotFound();
  const events = logEvents.map((it) => ({ timestampMs: it.timestamp ?? 0, message: it.message ?? "" }));
  const nowMs = parts.clock.nowMs();
  const { taken, rejected } = sortOutEvents(events, nowMs, group.retentionDays);
  await parts.store.append(context, group.name, logStreamName, taken, nowMs);
  return {
    nextSequenceToken: formatPosition({ ...START, timestampMs: nowMs }),
    ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
  };
}

interface Token {
  readonly direction: "forward" | "backward";
  readonly position: Position;
}

/** Tokens name a direction and the last event seen in it: `f/56 digits/s` and `b/56 digits/s`, AWS's own form. */
function parseToken(token: string): Token {
  const [, letter, digits = ""] = /^([fb])\/(\d{56})\/s$/u.exec(token) ?? [];
  const position = parsePosition(digits);
  if (position === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return { direction: letter === "f" ? "forward" : "backward", position };
}

/** Events as far as one answer goes. */
async function takePage(events: AsyncIterable<PlacedEvent>, limit: number): Promise<PlacedEvent[]> {
  const taken: PlacedEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    bytes += eventBytes(event.message);
    if (taken.length > 0 && bytes > ANSWER_BYTES_MAX) break;
    taken.push(event);
    if (taken.length === limit) break;
  }
  return taken;
}

/** The operation. At either end of the stream the token of that direction stays the same, as on AWS. */
export async function getLogEvents(
  parts: LogsParts,
  input: GetLogEventsRequest,
  context: RequestContext,
): Promise<GetLogEventsResponse> {
  const { logStreamName = "" } = input;
  const group = await existingGroup(parts, input.logGroupName ?? input.logGroupIdentifier, context);
  checkMembers([
    { name: "logStreamName", value: input.logStreamName, required: true, length: [1, 512], pattern: "[^:*]*" },
    { name: "limit", value: input.limit, range: [1, EVENTS_MAX] },
  ]);
  if ((await parts.store.stream(group.id, logStreamName)) === undefined) throw streamNotFound();
  const token = input.nextToken === undefined ? undefined : parseToken(input.nextToken);
  const direction = token?.direction ?? (input.startFromHead === true ? "forward" : "backward");
  const found = parts.store.read({
    groupId: group.id,
    streamNames: [logStreamName],
    streamPrefix: undefined,
    fromMs: input.startTime,
    untilMs: input.endTime,
    beyond: token?.position,
    direction,
  });
  const events = await takePage(found, input.limit ?? EVENTS_MAX);
  if (direction === "backward") events.reverse();
  const here = token?.position ?? START;
  return {
    events: events.map((it) => ({
      timestamp: it.position.timestampMs,
      message: shown(it.message),
      ingestionTime: it.ingestedAtMs,
    })),
    nextForwardToken: `f/${formatPosition(events.at(-1)?.position ?? here)}/s`,
    nextBackwardToken: `b/${formatPosition(events[0]?.position ?? here)}/s`,
  };
}
