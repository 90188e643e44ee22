// CloudWatch's operations over events that are known and metrics of the user's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GetMetricDataOutput, GetMetricStatisticsOutput, ListMetricsOutput } from "@aws-sdk/client-cloudwatch";
import { anEndedInvocation, aThrottledInvocation } from "../../feed/feed.fixtures.ts";
import { createVirtualClock } from "../../foundation/clock.ts";
import { aRequestContext, callerOf, exceptionOf } from "../../model/operation.fixtures.ts";
import type { Members } from "../../model/operation.ts";
import { createCloudWatch } from "./cloudwatch.ts";

const START_MS = Date.UTC(2026, 0, 1);
/** Times as the gateway gives them. */
const seconds = (minutes: number): number => START_MS / 1000 + minutes * 60;

function aCloudWatch() {
  const clock = createVirtualClock(START_MS);
  const cloudWatch = createCloudWatch({ clock, catchUp: () => undefined });
  const call = callerOf(cloudWatch.service);
  async function sumOf(MetricName: string, Dimensions: readonly object[] = [], statistic = "Sum"): Promise<unknown> {
    const { Datapoints = [] } = await call<GetMetricStatisticsOutput>("GetMetricStatistics", {
      Namespace: "AWS/Lambda",
      MetricName,
      Dimensions,
      StartTime: seconds(0),
      EndTime: seconds(60),
      Period: 3_600,
      Statistics: [statistic],
    });
    return (Datapoints[0] as unknown as Record<string, unknown> | undefined)?.[statistic];
  }
  return { clock, cloudWatch, call, sumOf };
}

async function refusal(asked: Promise<unknown>): Promise<string> {
  const { code, message } = await exceptionOf(asked);
  return `${code}: ${message}`;
}

const at = { atMs: START_MS + 1_000 };
const named = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([Name, Value]) => ({ Name, Value }));

test("an invocation counts for the account, the function, the resource and, by an alias, the version", async () => {
  const { cloudWatch, sumOf } = aCloudWatch();
  cloudWatch.take(anEndedInvocation({ ...at, qualifier: "live", version: "2" }));
  cloudWatch.take(anEndedInvocation({ ...at, qualifier: "live", version: "3", functionError: "Unhandled" }));
  cloudWatch.take(anEndedInvocation({ ...at, functionName: "g" }));
  cloudWatch.take(aThrottledInvocation({ ...at }));

  const [f, live] = [["FunctionName", "f"] as const, ["Resource", "f:live"] as const];
  const sets = [[], named(f), named(f, live), named(f, live, ["ExecutedVersion", "2"]), named(f, ["Resource", "f"])];
  const sums = async (metric: string) => await Promise.all(sets.map((it) => sumOf(metric, it)));
  assert.deepEqual(await sums("Invocations"), [3, 2, 2, 1, undefined]);
  assert.deepEqual(await sums("Errors"), [1, 1, 1, 0, undefined]);
  assert.deepEqual(await sums("Throttles"), [1, 1, 0, 0, 1]);
  assert.equal(await sumOf("Duration", named(f), "Maximum"), 2);
  assert.equal(await sumOf("AsyncEventsReceived"), undefined);
});

test("concurrency is the most that was under way, seen by invocations or by looking once a minute", async () => {
  const { clock, cloudWatch, sumOf } = aCloudWatch();
  const underWay = {
    ofFunction: 3,
    ofAccount: 5,
    unreserved: 2,
    claimed: 10,
    provisioned: { inUse: 1, ready: 4 },
  };
  cloudWatch.take(anEndedInvocation({ ...at, underWay, kind: "provisioned", qualifier: "live", version: "1" }));
  cloudWatch.take(anEndedInvocation({ ...at, isSpillover: true, qualifier: "live", version: "1" }));
  clock.advance(120_000);
  const { accountId, region } = aRequestContext();
  cloudWatch.sample({
    pools: [{ accountId, region, inFlight: 9, unreserved: 4, claimed: 10 }],
    running: [
      {
        accountId,
        region,
        functionName: "f",
        inFlight: 7,
        provisioned: [{ qualifier: "live", inUse: 3, ready: 4 }],
      },
    ],
  });

  const resource = named(["FunctionName", "f"], ["Resource", "f:live"]);
  const most = async (metric: string, dimensions: readonly object[] = []) => await sumOf(metric, dimensions, "Maximum");
  assert.equal(await most("ConcurrentExecutions"), 9);
  assert.equal(await most("ConcurrentExecutions", named(["FunctionName", "f"])), 7);
  assert.equal(await most("UnreservedConcurrentExecutions"), 4);
  assert.equal(await most("ClaimedAccountConcurrency"), 14);
  assert.equal(await most("ProvisionedConcurrentExecutions", resource), 3);
  assert.equal(await most("ProvisionedConcurrencyUtilization", resource), 0.75);
  assert.equal(await sumOf("ProvisionedConcurrencyInvocations", resource), 1);
  assert.equal(await sumOf("ProvisionedConcurrencySpilloverInvocations", resource), 1);
});

test("custom metrics come as values, as counted values or as statistics, and are joined by period", async () => {
  const { call } = aCloudWatch();
  await call("PutMetricData", {
    Namespace: "Mine",
    MetricData: [
      { MetricName: "m", Timestamp: seconds(1), Value: 5, Unit: "Seconds" },
      { MetricName: "m", Timestamp: seconds(2), Values: [1, 2], Counts: [3, 1], Unit: "Seconds" },
      {
        MetricName: "m",
        Timestamp: seconds(-10),
        StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 },
        Unit: "Seconds",
      },
    ],
  });
  const { Datapoints } = await call<GetMetricStatisticsOutput>("GetMetricStatistics", {
    Namespace: "Mine",
    MetricName: "m",
    StartTime: seconds(-15),
    EndTime: seconds(15),
    Period: 900,
    Statistics: ["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    ExtendedStatistics: ["p50"],
  });

  const shown = Datapoints?.map(({ ExtendedStatistics: _percentiles, ...it }) => it);
  assert.deepEqual(shown, [
    {
      Timestamp: new Date(START_MS - 900_000),
      Unit: "Seconds",
      SampleCount: 2,
      Sum: 30,
      Average: 15,
      Minimum: 10,
      Maximum: 20,
    },
    {
      Timestamp: new Date(START_MS),
      Unit: "Seconds",
      SampleCount: 5,
      Sum: 10,
      Average: 2,
      Minimum: 1,
      Maximum: 5,
    },
  ]);
  const medians = Datapoints?.map((it) => Math.round(it.ExtendedStatistics?.["p50"] ?? NaN));
  assert.deepEqual(medians, [10, 1]);
});

test("GetMetricData pages over all its queries, newest first unless it is asked otherwise", async () => {
  const { call } = aCloudWatch();
  const MetricData = [0, 1, 2].map((minute) => ({ MetricName: "m", Timestamp: seconds(minute), Value: minute }));
  await call("PutMetricData", { Namespace: "Mine", MetricData });
  const query = (Id: string, Stat: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: "Mine", MetricName: "m" }, Period: 60, Stat },
  });
  const input = {
    StartTime: seconds(0),
    EndTime: seconds(3),
    MetricDataQueries: [query("a", "Sum"), query("b", "p99"), { ...query("c", "Sum"), ReturnData: false }],
  };
  const pages: string[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page: GetMetricDataOutput = await call("GetMetricData", { ...input, MaxDatapoints: 2, NextToken });
    pages.push(
      (page.MetricDataResults ?? []).map((it) => `${it.Id} ${(it.Values ?? []).join()} ${it.StatusCode}`).join("; "),
    );
    NextToken = page.NextToken;
    if (NextToken === undefined) break;
  }

  assert.deepEqual(pages, [
    "a 2,1 PartialData; b  PartialData",
    "a 0 Complete; b 2 PartialData",
    "a  Complete; b 1,0 Complete",
  ]);
  const ascending = await call<GetMetricDataOutput>("GetMetricData", { ...input, ScanBy: "TimestampAscending" });
  assert.deepEqual(ascending.MetricDataResults?.[0]?.Values, [0, 1, 2]);
});

test("ListMetrics filters by namespace, name and dimensions, and pages", async () => {
  const { call, cloudWatch } = aCloudWatch();
  for (let i = 0; i < 200; i++) cloudWatch.take(anEndedInvocation({ ...at, functionName: `f${i}` }));
  const list = async (input: Members) => await call<ListMetricsOutput>("ListMetrics", input);

  const first = await list({ Namespace: "AWS/Lambda", MetricName: "Duration" });
  assert.equal(first.Metrics?.length, 401);
  const all = await list({ Namespace: "AWS/Lambda" });
  assert.equal(all.Metrics?.length, 500);
  assert.equal((await list({ Namespace: "AWS/Lambda", NextToken: all.NextToken })).Metrics?.length, 500);
  const one = await list({ MetricName: "Errors", Dimensions: [{ Name: "FunctionName", Value: "f7" }] });
  assert.deepEqual(
    one.Metrics?.map((it) => it.Dimensions?.length),
    [1, 2],
  );
  assert.deepEqual((await list({ Dimensions: [{ Name: "Nothing" }] })).Metrics, []);
});

test("what AWS refuses is refused in its words, and nothing of the request is kept", async () => {
  const { call } = aCloudWatch();
  const times = { StartTime: seconds(0), EndTime: seconds(1) };
  const put = async (more: Members, Namespace = "Mine") =>
    await refusal(
      call("PutMetricData", {
        Namespace,
        MetricData: [
          { MetricName: "m", Value: 1 },
          { MetricName: "m", ...more },
        ],
      }),
    );
  const query = async (more: Members) =>
    await refusal(call("GetMetricData", { ...times, MetricDataQueries: [{ Id: "a", ...more }] }));
  const Metric = { Namespace: "Mine", MetricName: "m" };

  assert.equal(
    await put({ Value: 1 }, "AWS/Mine"),
    "InvalidParameterValue: The value AWS/Mine for parameter Namespace is invalid.",
  );
  assert.match(await put({}), /^InvalidParameterCombination: /u);
  assert.match(await put({ Value: 1, Unit: "Furlongs" }), /^InvalidParameterValue: The value Furlongs /u);
  assert.match(await put({ Value: 1, Timestamp: seconds(-15 * 1_440) }), /two weeks in the past/u);
  assert.match(await put({ Values: [1], Counts: [1, 2] }), /^InvalidParameterValue: /u);
  assert.match(await query({ Expression: "a * 2" }), /^ValidationError: .*metric math/u);
  assert.equal(
    await query({ MetricStat: { Metric, Period: 60, Stat: "tm99" } }),
    "ValidationError: The value tm99 for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic.",
  );
  assert.match(await query({ MetricStat: { Metric, Period: 61, Stat: "Sum" } }), /^InvalidParameterValue: /u);
  assert.equal(
    await refusal(
      call("GetMetricStatistics", {
        ...Metric,
        StartTime: seconds(0),
        EndTime: seconds(2_880),
        Period: 60,
        Statistics: ["Sum"],
      }),
    ),
    "InvalidParameterCombination: You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
  );
  assert.deepEqual((await call<ListMetricsOutput>("ListMetrics", {})).Metrics, []);
});
