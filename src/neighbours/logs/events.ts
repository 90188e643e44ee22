// Log events: put, get from one stream, filter over a group.
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  PutLogEventsRequest,
  PutLogEventsResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import { invalidParameter, streamNotFound } from "./exceptions.ts";
import { compileFilterPattern } from "./filter-pattern.ts";
import { existingGroup } from "./groups.ts";
import type { LogsParts } from "./parts.ts";
import type { LogEventRow } from "./logs-store.ts";

const EVENTS_MAX = 10_000;
const SCANNED_MAX = 10_000;

const shown = (message: string): string => message.replace(/\n$/u, "");

export async function putLogEvents(
  parts: LogsParts,
  input: PutLogEventsRequest,
  context: RequestContext,
): Promise<PutLogEventsResponse> {
  const group = await existingGroup(parts, input.logGroupName, context);
  validate([{ name: "logEvents", value: input.logEvents, required: true, length: [1, EVENTS_MAX] }]);
  const streams = await parts.store.streams(group.id, input.logStreamName ?? "");
  if (!streams.some((it) => it.name === input.logStreamName)) throw streamNotFound();
  const events = (input.logEvents ?? []).map((it) => ({ timestampMs: it.timestamp ?? 0, message: it.message ?? "" }));
  if (events.some((it, index) => index > 0 && it.timestampMs < (events[index - 1]?.timestampMs ?? 0))) {
    throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
  }
  await parts.store.append(context, group.name, input.logStreamName ?? "", events, parts.clock.nowMs());
  return { nextSequenceToken: String(parts.clock.nowMs()) };
}

/** Tokens name a direction and the last event seen: `f/ID` and `b/ID`. */
function tokenOf(token: string | undefined): { readonly direction: "f" | "b"; readonly id: number } | undefined {
  if (token === undefined) return undefined;
  const found = /^([fb])\/(\d{1,15})$/u.exec(token);
  if (found === null) throw invalidParameter("The specified nextToken is invalid.");
  return { direction: found[1] as "f" | "b", id: Number(found[2]) };
}

export async function getLogEvents(
  parts: LogsParts,
  input: GetLogEventsRequest,
  context: RequestContext,
): Promise<GetLogEventsResponse> {
  const group = await existingGroup(parts, input.logGroupName ?? input.logGroupIdentifier, context);
  validate([{ name: "limit", value: input.limit, range: [1, EVENTS_MAX] }]);
  const streams = await parts.store.streams(group.id, input.logStreamName ?? "");
  if (!streams.some((it) => it.name === input.logStreamName)) throw streamNotFound();
  const token = tokenOf(input.nextToken);
  const newestFirst = token === undefined ? input.startFromHead !== true : token.direction === "b";
  const rows = await parts.store.events({
    groupId: group.id,
    streamNames: [input.logStreamName ?? ""],
    streamPrefix: undefined,
    fromMs: input.startTime,
    untilMs: input.endTime,
    afterId: token?.direction === "f" ? token.id : undefined,
    beforeId: token?.direction === "b" ? token.id : undefined,
    newestFirst,
    limit: input.limit ?? EVENTS_MAX,
  });
  if (newestFirst) rows.reverse();
  const position = token?.id ?? 0;
  return {
    events: rows.map((it) => ({
      timestamp: it.timestampMs,
      message: shown(it.message),
      ingestionTime: it.ingestedAtMs,
    })),
    nextForwardToken: `f/${rows.at(-1)?.id ?? position}`,
    nextBackwardToken: `b/${rows[0]?.id ?? position}`,
  };
}

export async function filterLogEvents(
  parts: LogsParts,
  input: FilterLogEventsRequest,
  context: RequestContext,
): Promise<FilterLogEventsResponse> {
  const group = await existingGroup(parts, input.logGroupName ?? input.logGroupIdentifier, context);
  validate([{ name: "limit", value: input.limit, range: [1, EVENTS_MAX] }]);
  const matches = compileFilterPattern(input.filterPattern ?? "");
  if (matches === undefined)
    throw invalidParameter("JSON and space-delimited filter patterns are not supported by Hearth yet.");
  const limit = input.limit ?? EVENTS_MAX;
  const rows = await parts.store.events({
    groupId: group.id,
    streamNames: input.logStreamNames,
    streamPrefix: input.logStreamNamePrefix,
    fromMs: input.startTime,
    // FilterLogEvents includes its end time.
    untilMs: input.endTime === undefined ? undefined : input.endTime + 1,
    afterId: tokenOf(input.nextToken)?.id,
    beforeId: undefined,
    newestFirst: false,
    limit: SCANNED_MAX,
  });
  const found = rows.filter((it) => matches(it.message)).slice(0, limit);
  const isCut = found.length === limit || rows.length === SCANNED_MAX;
  const last: LogEventRow | undefined = found.length === limit ? found.at(-1) : rows.at(-1);
  return {
    events: found.map((it) => ({
      logStreamName: it.streamName,
      timestamp: it.timestampMs,
      message: shown(it.message),
      ingestionTime: it.ingestedAtMs,
      eventId: String(it.id).padStart(56, "0"),
    })),
    searchedLogStreams: [],
    ...(isCut && last !== undefined ? { nextToken: `f/${last.id}` } : {}),
  };
}
