// PutMetricData: metrics of the user's own.
import type { MetricDatum, PutMetricDataInput } from "@aws-sdk/client-cloudwatch";
import type { RequestContext } from "../../model/operation.ts";
import { invalidCombination, invalidValue, missing } from "./exceptions.ts";
import type { Datum } from "./memory/datum.ts";
import { checkName, dimensionsOf } from "./metric-rules.ts";
import type { CloudWatchParts } from "./parts.ts";
import { UNITS } from "./units.ts";

/** Source: CloudWatch API reference, PutMetricData. */
const DATA_MAX = 1_000;
const VALUES_MAX = 150;
const PAST_MS_MAX = 14 * 86_400_000;
const FUTURE_MS_MAX = 2 * 3_600_000;
/** Source: CloudWatch API reference, MetricDatum: from -2^360 to 2^360. */
const VALUE_MAX = 2 ** 360;
function checkValue(parameter: string, value: number | undefined): number {
  if (value === undefined) throw missing(parameter);
  if (!(Math.abs(value) <= VALUE_MAX)) throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`);
  return value;
}

/** What is to be added, checked. Throws AWS's exceptions. */
function additionOf(at: string, { Value, Values, Counts, StatisticValues }: MetricDatum): (datum: Datum) => void {
  const given = [Value, Values, StatisticValues].filter((it) => it !== undefined);
  if (given.length !== 1)
    throw invalidCombination(
      `The parameters ${at}.Value, ${at}.Values and ${at}.StatisticValues are mutually exclusive and you have specified ${given.length === 0 ? "none" : "more than one"} of them.`,
    );
  if (Value !== undefined) {
    const value = checkValue(`${at}.Value`, Value);
    return (datum) => datum.add(value);
  }
  if (Values !== undefined) {
    if (Values.length > VALUES_MAX || (Counts !== undefined && Counts.length !== Values.length))
      throw invalidValue(
        `The parameters ${at}.Values and ${at}.Counts must be of the same size, at most ${VALUES_MAX}.`,
      );
    const pairs = Values.map((it, index) => [checkValue(`${at}.Values`, it), Counts?.[index] ?? 1] as const);
    if (pairs.some(([, count]) => !(count > 0))) throw invalidValue(`The values of ${at}.Counts must be above zero.`);
    return (datum) => {
      for (const [value, count] of pairs) datum.add(value, count);
    };
  }
  const count = checkValue(`${at}.StatisticValues.SampleCount`, StatisticValues?.SampleCount);
  const sum = checkValue(`${at}.StatisticValues.Sum`, StatisticValues?.Sum);
  const min = checkValue(`${at}.StatisticValues.Minimum`, StatisticValues?.Minimum);
  const max = checkValue(`${at}.StatisticValues.Maximum`, StatisticValues?.Maximum);
  if (!(count > 0))
    throw invalidValue(`The value ${count} for parameter ${at}.StatisticValues.SampleCount is invalid.`);
  if (min > max)
    throw invalidValue(`The value ${min} for parameter ${at}.StatisticValues.Minimum is above that of Maximum.`);
  return (datum) => datum.addStatistics({ count, sum, min, max });
}

/** Where a datum belongs, or the present. Throws InvalidParameterValue. */
function atMsOf(at: string, given: Date | undefined, nowMs: number): number {
  const atMs = given === undefined ? nowMs : Number(given) * 1000;
  if (!(atMs >= nowMs - PAST_MS_MAX && atMs <= nowMs + FUTURE_MS_MAX))
    throw invalidValue(
      `The parameter ${at}.Timestamp must specify a time no more than two weeks in the past, and no more than two hours in the future.`,
    );
  return atMs;
}

/** Every datum is checked before one is kept: the request is taken as a whole or not at all. */
export function putMetricData(
  { clock, memory }: CloudWatchParts,
  input: PutMetricDataInput,
  { accountId, region }: RequestContext,
): object {
  const namespace = checkName("Namespace", input.Namespace);
  if (namespace.startsWith("AWS/")) throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
  const data = [...(input.MetricData ?? []), ...(input.EntityMetricData ?? []).flatMap((it) => it.MetricData ?? [])];
  if (data.length === 0) throw missing("MetricData");
  if (data.length > DATA_MAX)
    throw invalidValue(`The collection MetricData must not have a size greater than ${DATA_MAX}.`);
  const nowMs = clock.nowMs();
  const additions = data.map((it, index) => {
    const at = `MetricData.member.${index + 1}`;
    const { Unit: unit = "None" } = it;
    if (!UNITS.has(unit)) throw invalidValue(`The value ${unit} for parameter ${at}.Unit is invalid.`);
    const metricName = checkName(`${at}.MetricName`, it.MetricName);
    const dimensions = dimensionsOf(`${at}.Dimensions`, it.Dimensions);
    const series = { accountId, region, namespace, metricName, dimensions, unit };
    return { series, atMs: atMsOf(at, it.Timestamp, nowMs), add: additionOf(at, it) };
  });
  for (const { series, atMs, add } of additions) memory.record(series, atMs, add);
  memory.trim(nowMs);
  return {};
}
