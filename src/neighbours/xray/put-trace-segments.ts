// PutTraceSegments: what the daemon, or a client without one, has to tell.
import type { PutTraceSegmentsRequest, PutTraceSegmentsResult } from "@aws-sdk/client-xray";
import type { RequestContext } from "../../model/operation.ts";
import { invalidRequest } from "./exceptions.ts";
import type { XRayParts } from "./parts.ts";
import { readSegment } from "./segment-document.ts";
import type { TraceScope } from "./trace-memory.ts";

/** Documents of one request; AWS takes 50 or so. */
const DOCUMENTS_MAX = 1_000;

/** Keeps what is right; gives what is not. */
export function keepSegments(
  { memory, clock }: XRayParts,
  scope: TraceScope,
  documents: readonly string[],
): NonNullable<PutTraceSegmentsResult["UnprocessedTraceSegments"]> {
  return documents.flatMap((text) => {
    const read = readSegment(text);
    if (read.outcome === "refused") return [{ Id: read.id, ErrorCode: read.code, Message: read.message }];
    memory.put(scope, read.document, text.length, clock.nowMs());
    return [];
  });
}

export function putTraceSegments(
  parts: XRayParts,
  { TraceSegmentDocuments: documents }: PutTraceSegmentsRequest,
  context: RequestContext,
): PutTraceSegmentsResult {
  if (documents === undefined) throw invalidRequest("TraceSegmentDocuments is missing.");
  if (documents.length > DOCUMENTS_MAX)
    throw invalidRequest(`TraceSegmentDocuments may have no more than ${DOCUMENTS_MAX} documents.`);
  return { UnprocessedTraceSegments: keepSegments(parts, context, documents) };
}
