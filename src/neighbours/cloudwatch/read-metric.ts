// A metric's data out of the memory, a list for each unit that its values came in.
import type { RequestContext } from "../../model/operation.ts";
import type { MetricName, TimedDatum } from "./memory/metric-memory.ts";
import type { CloudWatchParts } from "./parts.ts";
import { UNITS } from "./units.ts";

/** The dimensions of a metric must be exactly those that are asked for: a metric with more of them is another one. */
export function readMetric(
  { memory, catchUp }: CloudWatchParts,
  metric: MetricName,
  wantedUnit: string | undefined,
  { accountId, region }: Pick<RequestContext, "accountId" | "region">,
  startMs: number,
  endMs: number,
): readonly { readonly unit: string; readonly data: readonly TimedDatum[] }[] {
  catchUp();
  return [...UNITS]
    .filter((unit) => wantedUnit === undefined || unit === wantedUnit)
    .map((unit) => ({ unit, data: memory.read({ accountId, region, ...metric, unit }, startMs, endMs) }))
    .filter(({ data }) => data.length > 0);
}
