// A segment as it is sent: what of it must be there, and what is wrong where it is not. Pure.
import { isTraceId } from "../../model/trace-header.ts";

/** A segment or a subsegment, checked as far as Hearth reads it; everything else of it is kept as it came. */
export interface SegmentDocument {
  readonly id: string;
  readonly trace_id: string;
  readonly parent_id?: string;
  readonly name: string;
  /** Seconds since the epoch. */
  readonly start_time: number;
  readonly end_time?: number;
  readonly in_progress?: boolean;
  readonly type?: string;
  readonly subsegments?: readonly unknown[];
  readonly [member: string]: unknown;
}

/** What came of reading one. */
export type ReadSegment =
  | { readonly outcome: "read"; readonly document: SegmentDocument }
  | { readonly outcome: "refused"; readonly id: string | undefined; readonly code: string; readonly message: string };

/** Source: X-Ray Developer Guide, "Segment documents". */
const DOCUMENT_BYTES_MAX = 64 << 10;
const NAME_LENGTH_MAX = 200;
const SEGMENT_ID = /^[0-9a-f]{16}$/u;

/** What is wrong, by AWS's word and in words; undefined where nothing is. */
function faultOf(it: Readonly<Record<string, unknown>>): readonly [string, string] | undefined {
  const { id, trace_id: traceId, name, start_time: start, end_time: end } = it;
  const isSubsegment = it["type"] === "subsegment";
  if (typeof id !== "string" || !SEGMENT_ID.test(id)) return ["InvalidId", "id is not of 16 hexadecimal digits"];
  if (typeof traceId !== "string" || !isTraceId(traceId))
    return ["InvalidTraceId", "trace_id is not the id of a trace"];
  if (typeof name !== "string" || name === "" || name.length > NAME_LENGTH_MAX)
    return ["InvalidName", `name is not of 1 to ${NAME_LENGTH_MAX} characters`];
  if (typeof start !== "number" || !(start > 0)) return ["InvalidStartTime", "start_time is no time in seconds"];
  if (end !== undefined && (typeof end !== "number" || end < start))
    return ["InvalidEndTime", "end_time is no time after start_time"];
  if (end === undefined && it["in_progress"] !== true) return ["MissingEndTime", "end_time or in_progress is missing"];
  if (it["parent_id"] !== undefined && (typeof it["parent_id"] !== "string" || !SEGMENT_ID.test(it["parent_id"])))
    return ["InvalidParentId", "parent_id is not of 16 hexadecimal digits"];
  if (isSubsegment && it["parent_id"] === undefined) return ["MissingParentId", "a subsegment needs a parent_id"];
  return undefined;
}

/** Reads one. */
export function readSegment(text: string): ReadSegment {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return { outcome: "refused", id: undefined, code: "ParseError", message: "Invalid segment. It is no JSON object" };
  const members = parsed as Readonly<Record<string, unknown>>;
  const id = typeof members["id"] === "string" ? members["id"] : undefined;
  const tooLarge = ["DocumentTooLarge", `it is over ${DOCUMENT_BYTES_MAX} bytes`] as const;
  const fault = Buffer.byteLength(text) > DOCUMENT_BYTES_MAX ? tooLarge : faultOf(members);
  if (fault === undefined) return { outcome: "read", document: members as SegmentDocument };
  return { outcome: "refused", id, code: fault[0], message: `Invalid segment. ${fault[1]}` };
}
