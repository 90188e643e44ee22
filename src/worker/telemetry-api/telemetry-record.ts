// One thing that happened in an environment, and its form in each version of the APIs that tell of it. Pure.
import type { SubscriptionRequest, TelemetryCategory } from "./subscription-request.ts";

/** What happened. */
export type TelemetryRecord =
  | { readonly category: "platform"; readonly type: string; readonly atMs: number; readonly record: object }
  | { readonly category: "function" | "extension"; readonly atMs: number; readonly line: string };

/** From this schema on, a line that is a JSON object is told as one. */
const OBJECTS_SINCE = "2022-12-13";
/** Events that the Logs API has under the same name. */
const LOGS_API_TYPES: ReadonlySet<string> = new Set([
  "platform.start",
  "platform.report",
  "platform.extension",
  "platform.logsSubscription",
  "platform.logsDropped",
]);

function lineRecord(line: string, schemaVersion: string): unknown {
  if (schemaVersion < OBJECTS_SINCE || !line.startsWith("{")) return line;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The Logs API tells less of each event, and ends an invocation by an event of its own. */
function logsApiEvents(type: string, record: Fields, schemaVersion: string): readonly [string, unknown][] {
  const { requestId } = record;
  if (type === "platform.start") return [[type, { requestId, version: record["version"] }]];
  if (type === "platform.report")
    return [
      ["platform.end", { requestId }],
      [type, { requestId, metrics: record["metrics"] }],
    ];
  if (type === "platform.runtimeDone")
    return schemaVersion === "2021-03-18" ? [[type, { requestId, status: record["status"] }]] : [];
  return LOGS_API_TYPES.has(type) ? [[type, record]] : [];
}

/** The JSON of what a subscriber is told of it: nothing, one event or two. */
export function eventsFor(record: TelemetryRecord, request: SubscriptionRequest): readonly string[] {
  const category: TelemetryCategory = record.category;
  if (!request.categories.includes(category)) return [];
  const time = new Date(record.atMs).toISOString();
  if (record.category !== "platform")
    return [JSON.stringify({ time, type: category, record: lineRecord(record.line, request.schemaVersion) })];
  const events: readonly [string, unknown][] =
    request.api === "2022-07-01"
      ? [[record.type, record.record]]
      : logsApiEvents(record.type, record.record as Fields, request.schemaVersion);
  return events.map(([type, it]) => JSON.stringify({ time, type, record: it }));
}
