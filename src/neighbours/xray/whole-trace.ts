// A trace put together: subsegments that came by themselves stand in the segments that they are of, and what it all says. Pure.
import type { TraceSummary } from "@aws-sdk/client-xray";
import type { SegmentDocument } from "./segment-document.ts";
import type { Trace } from "./trace-memory.ts";

/** How deep subsegments are looked into; AWS's own clients nest some few. */
const DEPTH_MAX = 50;

type Node = Record<string, unknown>;

const isNode = (it: unknown): it is Node => typeof it === "object" && it !== null && !Array.isArray(it);

function childrenOf(node: Node): Node[] {
  const children = node["subsegments"];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

/** Everything in a segment by its id. */
function index(node: Node, into: Map<string, Node>, depth = 0): void {
  if (typeof node["id"] === "string") into.set(node["id"], node);
  if (depth < DEPTH_MAX) for (const child of childrenOf(node)) index(child, into, depth + 1);
}

/** The trace's segments, whole. A subsegment whose segment has not come stands by itself. */
export function segmentsOf({ documents }: Trace): readonly SegmentDocument[] {
  const copies = [...documents.values()].map((it) => structuredClone(it) as Node);
  const byId = new Map<string, Node>();
  for (const copy of copies) index(copy, byId);
  const whole: Node[] = [];
  for (const copy of copies) {
    const parent = copy["type"] === "subsegment" ? byId.get(String(copy["parent_id"])) : undefined;
    // None may stand in itself, whatever it claims.
    if (parent === undefined || isWithin(parent, copy)) {
      whole.push(copy);
      continue;
    }
    parent["subsegments"] = [...childrenOf(parent), copy];
  }
  return whole as unknown as readonly SegmentDocument[];
}

function isWithin(node: Node, of: Node, depth = 0): boolean {
  if (node === of) return true;
  return depth < DEPTH_MAX && childrenOf(of).some((child) => isWithin(node, child, depth + 1));
}

/** When a trace began and ended, in seconds, of what has come. */
export function extentOf(segments: readonly SegmentDocument[]): { readonly start: number; readonly end: number } {
  const start = Math.min(...segments.map((it) => it.start_time));
  return { start, end: Math.max(...segments.map((it) => it.end_time ?? it.start_time)) };
}

type Value = { readonly StringValue?: string; readonly NumberValue?: number; readonly BooleanValue?: boolean };

function valueOf(value: unknown): Value | undefined {
  if (typeof value === "string") return { StringValue: value };
  if (typeof value === "number") return { NumberValue: value };
  return typeof value === "boolean" ? { BooleanValue: value } : undefined;
}

/** Annotations of everything in a node, by key. */
function annotationsOf(node: Node, into: Map<string, Map<string, Value>>, depth = 0): void {
  const own = node["annotations"];
  for (const [key, given] of Object.entries(isNode(own) ? own : {})) {
    const value = valueOf(given);
    const known = into.get(key) ?? new Map<string, Value>();
    if (value !== undefined) into.set(key, known.set(JSON.stringify(value), value));
  }
  if (depth < DEPTH_MAX) for (const child of childrenOf(node)) annotationsOf(child, into, depth + 1);
}

function httpOf(segment: SegmentDocument | undefined): TraceSummary["Http"] {
  const http = segment?.["http"];
  if (!isNode(http)) return undefined;
  const request = isNode(http["request"]) ? http["request"] : {};
  const response = isNode(http["response"]) ? http["response"] : {};
  const text = (it: unknown): string | undefined => (typeof it === "string" ? it : undefined);
  const status = response["status"];
  return {
    HttpURL: text(request["url"]),
    HttpMethod: text(request["method"]),
    UserAgent: text(request["user_agent"]),
    ClientIp: text(request["client_ip"]),
    HttpStatus: typeof status === "number" ? status : undefined,
  };
}

/** What GetTraceSummaries shows. */
export function summaryOf(trace: Trace): TraceSummary {
  const segments = segmentsOf(trace);
  const { start, end } = extentOf(segments);
  const ids = new Set(segments.map((it) => it.id));
  const root = segments.find((it) => it.parent_id === undefined || !ids.has(it.parent_id)) ?? segments[0];
  const serviceIds = segments.map((it) => ({
    Name: it.name,
    Names: [it.name],
    AccountId: trace.accountId,
    Type: typeof it["origin"] === "string" ? it["origin"] : "client",
  }));
  const annotations = new Map<string, Map<string, Value>>();
  for (const segment of segments) annotationsOf(segment as unknown as Node, annotations);
  const arns = segments.flatMap((it) => (typeof it["resource_arn"] === "string" ? [{ ARN: it["resource_arn"] }] : []));
  const has = (flag: string): boolean => segments.some((it) => it[flag] === true);
  const http = httpOf(root);
  return {
    Id: trace.traceId,
    StartTime: new Date(start * 1000),
    Duration: end - start,
    ResponseTime: root === undefined ? 0 : (root.end_time ?? root.start_time) - root.start_time,
    HasFault: has("fault"),
    HasError: has("error"),
    HasThrottle: has("throttle"),
    IsPartial: segments.some((it) => it.in_progress === true),
    ...(http === undefined ? {} : { Http: http }),
    // A value may be of one of three types; the SDK's own types want exactly one.
    Annotations: Object.fromEntries(
      [...annotations].map(([key, values]) => [
        key,
        [...values.values()].map((it) => ({ AnnotationValue: it as never, ServiceIds: [] })),
      ]),
    ),
    Users: [],
    ServiceIds: serviceIds,
    ResourceARNs: arns,
    ...(serviceIds[0] === undefined ? {} : { EntryPoint: serviceIds[segments.indexOf(root as SegmentDocument)] }),
    Revision: trace.documents.size,
  };
}
