// Rules that CloudWatch's operations share: dimensions, times, periods, statistics. Pure.
import type { Dimension as GivenDimension } from "@aws-sdk/client-cloudwatch";
import { invalidCombination, invalidValue, missing } from "./exceptions.ts";
import { Datum } from "./memory/datum.ts";
import type { Dimension, TimedDatum } from "./memory/metric-memory.ts";

/** Source: CloudWatch API reference, MetricDatum. */
const DIMENSIONS_MAX = 30;
const NAME_LENGTH_MAX = 255;
const DIMENSION_VALUE_LENGTH_MAX = 1_024;
const MINUTE_MS = 60_000;

/** A name within AWS's length. Throws MissingParameter or InvalidParameterValue. */
export function checkName(parameter: string, value: string | undefined): string {
  if (value === undefined || value === "") throw missing(parameter);
  if (value.length > NAME_LENGTH_MAX || value.startsWith(":"))
    throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`);
  return value;
}

/** Throws MissingParameter or InvalidParameterValue. */
export function dimensionsOf(parameter: string, given: readonly GivenDimension[] = []): readonly Dimension[] {
  if (given.length > DIMENSIONS_MAX)
    throw invalidValue(`The collection ${parameter} must not have a size greater than ${DIMENSIONS_MAX}.`);
  return given.map(({ Name, Value }, index) => {
    const at = `${parameter}.member.${index + 1}`;
    if (Value === undefined || Value === "") throw missing(`${at}.Value`);
    if (Value.length > DIMENSION_VALUE_LENGTH_MAX)
      throw invalidValue(`The value for parameter ${at}.Value is invalid.`);
    return { name: checkName(`${at}.Name`, Name), value: Value };
  });
}

/** Milliseconds of a timestamp, which the gateway gives as seconds. Throws MissingParameter. */
export function timeOf(parameter: string, given: Date | undefined): number {
  if (given === undefined) throw missing(parameter);
  return Number(given) * 1000;
}

/** Throws MissingParameter or InvalidParameterValue. Source: CloudWatch API reference, GetMetricStatistics. */
export function periodMsOf(parameter: string, given: number | undefined): number {
  if (given === undefined) throw missing(parameter);
  const isValid = [1, 5, 10, 20, 30].includes(given) || (given >= 60 && given % 60 === 0 && given <= 86_400 * 365);
  if (!isValid) throw invalidValue(`The parameter ${parameter} must be 1, 5, 10, 20, 30 or a multiple of 60.`);
  return given * 1000;
}

/** Throws InvalidParameterCombination. */
export function checkTimes(startMs: number, endMs: number): void {
  if (startMs >= endMs) throw invalidCombination("The parameter StartTime must be less than the parameter EndTime.");
}

/** The start of the period that an instant is in. What is kept is kept by the minute, so that no period is shorter. */
export function periodStart(atMs: number, periodMs: number = MINUTE_MS): number {
  const stepMs = Math.max(MINUTE_MS, periodMs);
  return Math.floor(atMs / stepMs) * stepMs;
}

const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;
/** One of the five simple statistics. */
export type Statistic = (typeof STATISTICS)[number];

/** Whether it is one of the five. */
export function isStatistic(text: string): text is Statistic {
  return (STATISTICS as readonly string[]).includes(text);
}

/** The percent of `p99.9`; undefined where it is no percentile. */
export function percentOf(text: string): number | undefined {
  const percent = Number(/^p(\d{1,3}(?:\.\d{1,10})?)$/u.exec(text)?.[1] ?? "NaN");
  return percent >= 0 && percent <= 100 ? percent : undefined;
}

/** What a statistic says of a datum; undefined where there is no such statistic. */
export function statisticOf(datum: Datum, statistic: string): number | undefined {
  switch (statistic) {
    case "SampleCount":
      return datum.count;
    case "Average":
      return datum.sum / datum.count;
    case "Sum":
      return datum.sum;
    case "Minimum":
      return datum.min;
    case "Maximum":
      return datum.max;
    default: {
      const percent = percentOf(statistic);
      return percent === undefined ? undefined : datum.percentile(percent);
    }
  }
}

/** Data joined into periods, which are counted from `originMs`. Oldest first. */
export function inPeriods(data: readonly TimedDatum[], periodMs: number, originMs: number): readonly TimedDatum[] {
  const joined = new Map<number, Datum>();
  for (const { startMs, datum } of data) {
    const at = originMs + Math.floor((startMs - originMs) / periodMs) * periodMs;
    const period = joined.get(at) ?? new Datum();
    joined.set(at, period);
    period.merge(datum);
  }
  return [...joined].map(([startMs, datum]) => ({ startMs, datum })).sort((a, b) => a.startMs - b.startMs);
}
