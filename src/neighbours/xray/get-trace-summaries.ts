// GetTraceSummaries: which traces there are of some time, and how they went. Filter expressions are refused.
import type { GetTraceSummariesRequest, GetTraceSummariesResult } from "@aws-sdk/client-xray";
import type { RequestContext } from "../../model/operation.ts";
import { offsetOf, pageOf } from "../../model/page-token.ts";
import { invalidRequest } from "./exceptions.ts";
import type { XRayParts } from "./parts.ts";
import { summaryOf } from "./whole-trace.ts";

const PAGE = 100;
/** Source: X-Ray API reference, GetTraceSummaries: a day at most. */
const SPAN_MS_MAX = 86_400_000;
const TYPES = ["TraceId", "Event", "Service"];

export function getTraceSummaries(
  { memory, catchUp, clock }: XRayParts,
  input: GetTraceSummariesRequest,
  context: RequestContext,
): GetTraceSummariesResult {
  const { TimeRangeType: type = "TraceId", FilterExpression } = input;
  // The gateway gives times in seconds.
  const [startMs, endMs] = [Number(input.StartTime) * 1000, Number(input.EndTime) * 1000];
  if (!(startMs <= endMs)) throw invalidRequest("StartTime and EndTime are missing, or not in their order.");
  if (endMs - startMs > SPAN_MS_MAX) throw invalidRequest("The time range must not be above 24 hours.");
  if (!TYPES.includes(type)) throw invalidRequest(`Invalid TimeRangeType: ${type as string}`);
  if (FilterExpression !== undefined && FilterExpression !== "")
    throw invalidRequest("FilterExpression is not supported.");
  const offset = offsetOf(input.NextToken);
  if (offset === undefined) throw invalidRequest("Invalid NextToken.");
  catchUp();
  const isWithin = (atMs: number): boolean => atMs >= startMs && atMs <= endMs;
  const found = memory.list(context).filter((it) => it.documents.size > 0);
  const matching = found
    .map((trace) => ({ trace, summary: summaryOf(trace) }))
    .filter(({ trace, summary }) => isWithin(type === "Event" ? trace.receivedAtMs : Number(summary.StartTime)))
    .map((it) => it.summary);
  const { items, next } = pageOf(matching, offset, PAGE);
  return {
    TraceSummaries: items,
    ApproximateTime: new Date(clock.nowMs()),
    TracesProcessedCount: found.length,
    ...(next === undefined ? {} : { NextToken: next }),
  };
}
