// Log streams: create, describe, delete.
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
} from "@aws-sdk/client-cloudwatch-logs";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, invalidParameter, streamExists, streamNotFound } from "./exceptions.ts";
import { existingGroup } from "./groups.ts";
import type { LogsParts } from "./parts.ts";
import { nextPage, offsetOf } from "./page.ts";

export async function createLogStream(
  parts: LogsParts,
  input: CreateLogStreamRequest,
  context: RequestContext,
): Promise<object> {
  const group = await existingGroup(parts, input.logGroupName, context);
  checkMembers([
    { name: "logStreamName", value: input.logStreamName, required: true, pattern: "[^:*]*", length: [1, 512] },
  ]);
  if (!(await parts.store.createStream(group.id, input.logStreamName ?? "", parts.clock.nowMs()))) throw streamExists();
  return {};
}

export async function describeLogStreams(
  parts: LogsParts,
  input: DescribeLogStreamsRequest,
  context: RequestContext,
): Promise<DescribeLogStreamsResponse> {
  const group = await existingGroup(parts, input.logGroupName ?? input.logGroupIdentifier, context);
  checkMembers([
    { name: "limit", value: input.limit, range: [1, 50] },
    { name: "orderBy", value: input.orderBy, values: ["LogStreamName", "LastEventTime"] },
  ]);
  if (input.orderBy === "LastEventTime" && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const [offset, limit] = [offsetOf(input.nextToken), input.limit ?? 50];
  const streams = await parts.store.streams(group.id, {
    prefix: input.logStreamNamePrefix ?? "",
    orderBy: input.orderBy === "LastEventTime" ? "lastEvent" : "name",
    descending: input.descending === true,
    offset,
    // One more than asked for, which tells whether there is a next page.
    limit: limit + 1,
  });
  return {
    logStreams: streams.slice(0, limit).map((it) => ({
      logStreamName: it.name,
      creationTime: it.createdAtMs,
      ...(it.firstEventMs === null ? {} : { firstEventTimestamp: it.firstEventMs }),
      ...(it.lastEventMs === null ? {} : { lastEventTimestamp: it.lastEventMs }),
      ...(it.lastIngestedMs === null ? {} : { lastIngestionTime: it.lastIngestedMs }),
      uploadSequenceToken: String(it.id),
      arn: `arn:aws:logs:${context.region}:${context.accountId}:log-group:${group.name}:log-stream:${it.name}`,
      storedBytes: 0,
    })),
    ...nextPage(offset + limit, streams.length > limit),
  };
}

export async function deleteLogStream(
  parts: LogsParts,
  input: DeleteLogStreamRequest,
  context: RequestContext,
): Promise<object> {
  const group = await existingGroup(parts, input.logGroupName, context);
  if (!(await parts.store.deleteStream(group.id, input.logStreamName ?? ""))) throw streamNotFound();
  return {};
}
