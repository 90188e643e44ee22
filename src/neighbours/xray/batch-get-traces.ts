// BatchGetTraces: traces by their ids, with all their segments.
import type { BatchGetTracesRequest, BatchGetTracesResult } from "@aws-sdk/client-xray";
import type { RequestContext } from "../../model/operation.ts";
import { isTraceId } from "../../model/trace-header.ts";
import { invalidRequest } from "./exceptions.ts";
import type { XRayParts } from "./parts.ts";
import { extentOf, segmentsOf } from "./whole-trace.ts";

/** Source: X-Ray API reference, BatchGetTraces. */
const TRACES_MAX = 5;

export function batchGetTraces(
  { memory, catchUp }: XRayParts,
  { TraceIds: ids = [], NextToken }: BatchGetTracesRequest,
  context: RequestContext,
): BatchGetTracesResult {
  if (ids.length === 0 || ids.length > TRACES_MAX)
    throw invalidRequest(`TraceIds must name 1 to ${TRACES_MAX} traces.`);
  const wrong = ids.find((it) => !isTraceId(it));
  if (wrong !== undefined) throw invalidRequest(`Invalid trace id: ${wrong}`);
  // There is one page.
  if (NextToken !== undefined) throw invalidRequest("Invalid NextToken.");
  catchUp();
  const found = ids.flatMap((id) => memory.get(context, id) ?? []).filter((it) => it.documents.size > 0);
  return {
    Traces: found.map((trace) => {
      const segments = segmentsOf(trace);
      const { start, end } = extentOf(segments);
      return {
        Id: trace.traceId,
        Duration: end - start,
        LimitExceeded: trace.isCut,
        Segments: segments.map((it) => ({ Id: it.id, Document: JSON.stringify(it) })),
      };
    }),
    UnprocessedTraceIds: [],
  };
}
