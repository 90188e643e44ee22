// GetMetricStatistics: one metric's statistics by period.
import type { GetMetricStatisticsInput, GetMetricStatisticsOutput, StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { RequestContext } from "../../model/operation.ts";
import { invalidCombination, invalidValue, missing } from "./exceptions.ts";
import { readMetric } from "./read-metric.ts";
import {
  checkName,
  checkTimes,
  dimensionsOf,
  inPeriods,
  isStatistic,
  percentOf,
  periodMsOf,
  periodStart,
  statisticOf,
  timeOf,
} from "./metric-rules.ts";
import type { CloudWatchParts } from "./parts.ts";

/** Source: CloudWatch API reference, GetMetricStatistics. */
const DATAPOINTS_MAX = 1_440;

interface Asked {
  readonly statistics: readonly string[];
  readonly extended: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly periodMs: number;
}

/** Throws AWS's exceptions. */
function checked(input: GetMetricStatisticsInput): Asked {
  const { Statistics: statistics = [], ExtendedStatistics: extended = [] } = input;
  const startMs = timeOf("StartTime", input.StartTime);
  const endMs = timeOf("EndTime", input.EndTime);
  const periodMs = periodMsOf("Period", input.Period);
  checkTimes(startMs, endMs);
  if (statistics.length === 0 && extended.length === 0) throw missing("Statistics");
  for (const [index, it] of statistics.entries())
    if (!isStatistic(it))
      throw invalidValue(`The value ${String(it)} for parameter Statistics.member.${index + 1} is invalid.`);
  for (const [index, it] of extended.entries()) {
    if (percentOf(it) === undefined)
      throw invalidValue(`The value ${it} for parameter ExtendedStatistics.member.${index + 1} is not supported.`);
  }
  const wanted = Math.ceil((endMs - startMs) / periodMs);
  if (wanted > DATAPOINTS_MAX)
    throw invalidCombination(
      `You have requested up to ${wanted.toLocaleString("en-US")} datapoints, which exceeds the limit of ${DATAPOINTS_MAX.toLocaleString("en-US")}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  return { statistics, extended, startMs, endMs, periodMs };
}

export function getMetricStatistics(
  parts: CloudWatchParts,
  input: GetMetricStatisticsInput,
  context: RequestContext,
): GetMetricStatisticsOutput {
  const namespace = checkName("Namespace", input.Namespace);
  const metricName = checkName("MetricName", input.MetricName);
  const dimensions = dimensionsOf("Dimensions", input.Dimensions);
  const { statistics, extended, startMs, endMs, periodMs } = checked(input);
  const fromMs = periodStart(startMs);
  const metric = { namespace, metricName, dimensions };
  // Each unit has data of its own: AWS too mixes none.
  const datapoints = readMetric(parts, metric, input.Unit, context, fromMs, endMs).flatMap(({ unit, data }) =>
    inPeriods(data, periodMs, fromMs).map(({ startMs: atMs, datum }) => ({
      Timestamp: new Date(atMs),
      Unit: unit as StandardUnit,
      ...Object.fromEntries(statistics.map((it) => [it, statisticOf(datum, it)])),
      ...(extended.length === 0
        ? {}
        : { ExtendedStatistics: Object.fromEntries(extended.map((it) => [it, statisticOf(datum, it) ?? 0])) }),
    })),
  );
  return { Label: metricName, Datapoints: datapoints };
}
