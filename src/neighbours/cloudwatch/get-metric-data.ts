// GetMetricData: several metrics at once, a page at a time. Metric math is refused.
import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import type { RequestContext } from "../../model/operation.ts";
import { offsetOf, tokenOf } from "../../model/page-token.ts";
import { invalidToken, invalidValue, missing, validationError } from "./exceptions.ts";
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
import { readMetric } from "./read-metric.ts";

/** Source: CloudWatch API reference, GetMetricData. */
const QUERIES_MAX = 500;
const DATAPOINTS_MAX = 100_800;

/** One query, checked. */
interface Asked {
  readonly id: string;
  readonly label: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: ReturnType<typeof dimensionsOf>;
  readonly periodMs: number;
  readonly statistic: string;
  readonly unit: string | undefined;
}

/** Throws AWS's exceptions. */
function checked(query: MetricDataQuery, index: number): Asked {
  const at = `MetricDataQueries.member.${index + 1}`;
  const { Id: id, MetricStat, Expression, Label } = query;
  if (id === undefined) throw missing(`${at}.Id`);
  if (!/^[a-z][a-zA-Z0-9_]{0,254}$/u.test(id))
    throw validationError(`The value ${id} for parameter ${at}.Id is invalid.`);
  if (Expression !== undefined && MetricStat !== undefined)
    throw validationError(`The parameters ${at}.Expression and ${at}.MetricStat are mutually exclusive.`);
  if (Expression !== undefined)
    throw validationError(
      `The value ${Expression} for parameter ${at}.Expression is not supported: metric math is not.`,
    );
  if (MetricStat === undefined) throw validationError(`The parameter ${at}.MetricStat is required.`);
  const { Metric, Period, Stat, Unit } = MetricStat;
  if (Stat === undefined || (!isStatistic(Stat) && percentOf(Stat) === undefined))
    throw validationError(`The value ${Stat ?? ""} for parameter ${at}.MetricStat.Stat is not a valid statistic.`);
  const metricName = checkName(`${at}.MetricStat.Metric.MetricName`, Metric?.MetricName);
  return {
    id,
    label: Label ?? metricName,
    namespace: checkName(`${at}.MetricStat.Metric.Namespace`, Metric?.Namespace),
    metricName,
    dimensions: dimensionsOf(`${at}.MetricStat.Metric.Dimensions`, Metric?.Dimensions),
    periodMs: periodMsOf(`${at}.MetricStat.Period`, Period),
    statistic: Stat,
    unit: Unit,
  };
}

/** Throws AWS's exceptions. */
function checkedAll(input: GetMetricDataInput): readonly Asked[] {
  const { MetricDataQueries: queries = [] } = input;
  if (queries.length === 0) throw missing("MetricDataQueries");
  if (queries.length > QUERIES_MAX)
    throw validationError(`The collection MetricDataQueries must not have a size greater than ${QUERIES_MAX}.`);
  const asked = queries.map(checked);
  if (new Set(asked.map((it) => it.id)).size < asked.length)
    throw validationError("The values for parameter Id in MetricDataQueries are not unique.");
  return asked.filter((_, index) => queries[index]?.ReturnData !== false);
}

/** Values with their times, from a period's start on. */
function valuesOf(parts: CloudWatchParts, asked: Asked, startMs: number, endMs: number, context: RequestContext) {
  const fromMs = periodStart(startMs, asked.periodMs);
  const data = readMetric(parts, asked, asked.unit, context, fromMs, endMs).flatMap((it) => it.data);
  return inPeriods(data, asked.periodMs, 0).map(({ startMs: atMs, datum }) => ({
    atMs,
    value: statisticOf(datum, asked.statistic) ?? 0,
  }));
}

export function getMetricData(
  parts: CloudWatchParts,
  input: GetMetricDataInput,
  context: RequestContext,
): GetMetricDataOutput {
  const startMs = timeOf("StartTime", input.StartTime);
  const endMs = timeOf("EndTime", input.EndTime);
  checkTimes(startMs, endMs);
  const { ScanBy: order = "TimestampDescending", MaxDatapoints: limit = DATAPOINTS_MAX } = input;
  if (order !== "TimestampDescending" && order !== "TimestampAscending")
    throw invalidValue(`The value ${order as string} for parameter ScanBy is invalid.`);
  if (!(limit >= 1 && limit <= DATAPOINTS_MAX))
    throw invalidValue(`The value ${limit} for parameter MaxDatapoints is invalid.`);
  const offset = offsetOf(input.NextToken);
  if (offset === undefined) throw invalidToken();
  let toSkip = offset;
  let room = limit;
  const results: MetricDataResult[] = checkedAll(input).map((asked) => {
    const all = valuesOf(parts, asked, startMs, endMs, context);
    if (order === "TimestampDescending") all.reverse();
    const shown = all.slice(toSkip, toSkip + room);
    const isCut = toSkip + shown.length < all.length;
    toSkip = Math.max(0, toSkip - all.length);
    room -= shown.length;
    return {
      Id: asked.id,
      Label: asked.label,
      Timestamps: shown.map((it) => new Date(it.atMs)),
      Values: shown.map((it) => it.value),
      StatusCode: isCut ? "PartialData" : "Complete",
    };
  });
  const hasMore = results.some((it) => it.StatusCode === "PartialData");
  return { MetricDataResults: results, ...(hasMore ? { NextToken: tokenOf(offset + limit) } : {}), Messages: [] };
}
