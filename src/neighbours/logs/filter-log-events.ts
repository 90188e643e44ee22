// FilterLogEvents: the events of a group's streams in order of time, those that a pattern matches, page by page.
import type { FilterLogEventsRequest, FilterLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { eventBytes, formatPosition, parsePosition, type Position } from "./logs-store/batch.ts";
import { ANSWER_BYTES_MAX, EVENTS_MAX, shown } from "./events.ts";
import { checkMembers, invalidParameter, streamNotFound } from "./exceptions.ts";
import { compileFilterPattern } from "./filter-pattern/filter-pattern.ts";
import { existingGroup } from "./groups.ts";
import type { PlacedEvent } from "./logs-store/merge-batches.ts";
import type { LogsParts } from "./parts.ts";

/** Events looked at in one request; a page may be empty and still have a next one, as on AWS. */
const SCANNED_MAX = 20_000;
const STREAM_NAMES_MAX = 100;

interface Page {
  readonly found: readonly PlacedEvent[];
  /** Where the next page goes on; undefined at the end. */
  readonly next: Position | undefined;
}

async function takeMatching(
  events: AsyncIterable<PlacedEvent>,
  matches: (message: string) => boolean,
  limit: number,
): Promise<Page> {
  const found: PlacedEvent[] = [];
  let [bytes, scanned] = [0, 0];
  for await (const event of events) {
    scanned++;
    if (matches(event.message)) {
      found.push(event);
      bytes += eventBytes(event.message);
    }
    if (found.length === limit || bytes >= ANSWER_BYTES_MAX || scanned === SCANNED_MAX) {
      return { found, next: event.position };
    }
  }
  return { found, next: undefined };
}

function parseToken(token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const position = parsePosition(Buffer.from(token, "base64url").toString());
  if (position === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return position;
}

function check(input: FilterLogEventsRequest): void {
  checkMembers([
    { name: "limit", value: input.limit, range: [1, EVENTS_MAX] },
    { name: "logStreamNames", value: input.logStreamNames, length: [1, STREAM_NAMES_MAX] },
    { name: "filterPattern", value: input.filterPattern, length: [0, 1024] },
  ]);
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter("Only one of logStreamNames and logStreamNamePrefix may be specified.");
  }
}

/** The operation. An event's id stays the same for as long as the event is there. */
export async function filterLogEvents(
  parts: LogsParts,
  input: FilterLogEventsRequest,
  context: RequestContext,
): Promise<FilterLogEventsResponse> {
  const group = await existingGroup(parts, input.logGroupName ?? input.logGroupIdentifier, context);
  check(input);
  const pattern = compileFilterPattern(input.filterPattern ?? "");
  if (pattern.outcome === "invalid") throw invalidParameter(pattern.message);
  for (const name of input.logStreamNames ?? []) {
    if ((await parts.store.stream(group.id, name)) === undefined) throw streamNotFound();
  }
  const events = parts.store.read({
    groupId: group.id,
    streamNames: input.logStreamNames,
    streamPrefix: input.logStreamNamePrefix,
    fromMs: input.startTime,
    // FilterLogEvents includes its end time.
    untilMs: input.endTime === undefined ? undefined : input.endTime + 1,
    beyond: parseToken(input.nextToken),
    direction: "forward",
  });
  const { found, next } = await takeMatching(events, pattern.matches, input.limit ?? EVENTS_MAX);
  return {
    events: found.map((it) => ({
      logStreamName: it.streamName,
      timestamp: it.position.timestampMs,
      message: shown(it.message),
      ingestionTime: it.ingestedAtMs,
      eventId: formatPosition(it.position),
    })),
    searchedLogStreams: [],
    ...(next === undefined ? {} : { nextToken: Buffer.from(formatPosition(next)).toString("base64url") }),
  };
}
