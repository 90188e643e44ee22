// ListMetrics: which metrics have had values within two weeks.
import type { ListMetricsInput, ListMetricsOutput } from "@aws-sdk/client-cloudwatch";
import type { RequestContext } from "../../model/operation.ts";
import { offsetOf, pageOf } from "../../model/page-token.ts";
import { invalidToken, invalidValue } from "./exceptions.ts";
import type { Series } from "./memory/metric-memory.ts";
import type { CloudWatchParts } from "./parts.ts";

const PAGE = 500;
const LISTED_MS = 14 * 86_400_000;
const RECENTLY_MS = 3 * 3_600_000;

/** A metric has all the dimensions that are asked for, and may have more. */
function matches(input: ListMetricsInput): (series: Series) => boolean {
  const { Namespace, MetricName, Dimensions = [] } = input;
  return ({ namespace, metricName, dimensions }) =>
    (Namespace === undefined || namespace === Namespace) &&
    (MetricName === undefined || metricName === MetricName) &&
    Dimensions.every(({ Name, Value }) =>
      dimensions.some((it) => it.name === Name && (Value === undefined || it.value === Value)),
    );
}

export function listMetrics(
  { clock, memory, catchUp }: CloudWatchParts,
  input: ListMetricsInput,
  { accountId, region }: RequestContext,
): ListMetricsOutput {
  const { RecentlyActive, NextToken } = input;
  if (RecentlyActive !== undefined && RecentlyActive !== "PT3H")
    throw invalidValue(`The value ${RecentlyActive as string} for parameter RecentlyActive is invalid.`);
  const offset = offsetOf(NextToken);
  if (offset === undefined) throw invalidToken();
  catchUp();
  const sinceMs = clock.nowMs() - (RecentlyActive === undefined ? LISTED_MS : RECENTLY_MS);
  const found = memory.list(accountId, region).filter((it) => it.lastAtMs >= sinceMs);
  const shown = found.filter(matches(input)).map(({ namespace, metricName, dimensions }) => ({
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
  }));
  // What came in several units is one metric all the same.
  const distinct = [...new Map(shown.map((it) => [JSON.stringify(it), it])).values()];
  const { items, next } = pageOf(distinct, offset, PAGE);
  return { Metrics: [...items], ...(next === undefined ? {} : { NextToken: next }) };
}
