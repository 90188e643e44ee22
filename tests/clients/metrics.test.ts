// Metrics of what really ran: Prometheus' document, and CloudWatch by the SDK (JSON), the aws CLI (CBOR) and the query protocol.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  paginateListMetrics,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, PutFunctionConcurrencyCommand, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { createAws, findAws2 } from "./aws-cli.ts";
import { create } from "./a-function.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
let cloudWatch: CloudWatchClient;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  cloudWatch = new CloudWatchClient(hearth.clientConfig);
});
after(async () => {
  if (reason !== undefined) return;
  cloudWatch.destroy();
  await hearth[Symbol.asyncDispose]();
});

const code = `export const handler = async (event) => {
  if (event.fails) throw new Error("boom");
  await new Promise((resolve) => setTimeout(resolve, event.ms ?? 0));
  return "done";
};`;

/** Invoked three times: once for 120 ms, once at once, once with an error; then refused once. */
async function aUsedFunction(FunctionName: string): Promise<void> {
  await create(hearth.lambda, FunctionName, { files: { "index.mjs": code } });
  for (const event of [{ ms: 120 }, {}, { fails: true }])
    await hearth.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  await hearth.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await assert.rejects(hearth.lambda.send(new InvokeCommand({ FunctionName })), TooManyRequestsException);
}

test("a scrape has invocations, errors, throttles, durations, cold-start phases and gauges", { skip }, async () => {
  await aUsedFunction("scraped");

  const response = await fetch(`${hearth.endpoint}/_hearth/metrics`);
  const text = await response.text();

  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const of = 'account="111122223333",region="us-east-1",function="scraped"';
  const figure = (series: string): number | undefined => {
    const line = text.split("\n").find((it) => it.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  };
  assert.equal(figure(`hearth_invocations_total{${of},kind="on_demand",outcome="success"}`), 2);
  assert.equal(figure(`hearth_invocations_total{${of},kind="on_demand",outcome="error"}`), 1);
  const throttles = `hearth_throttles_total{${of},reason="ReservedFunctionConcurrentInvocationLimitExceeded"}`;
  assert.equal(figure(throttles), 1);
  const longer = 3 - (figure(`hearth_invocation_duration_seconds_bucket{${of},le="0.1"}`) ?? 0);
  assert.ok(longer >= 1, "the one of 120 ms is not below 100 ms");
  assert.ok((figure(`hearth_environment_start_phase_seconds_count{phase="init"}`) ?? 0) >= 1);
  assert.match(text, /^hearth_environments\{worker="\w+",state="idle"\} 1$/mu);
  assert.match(text, /^hearth_worker_memory_bytes\{worker="\w+",kind="capacity"\} \d+$/mu);
  assert.equal(figure("hearth_feed_events_lost_total"), 0);
});

/** Around now, on whole minutes. */
function aroundNow(): { readonly StartTime: Date; readonly EndTime: Date } {
  const minute = Math.floor(Date.now() / 60_000);
  return { StartTime: new Date((minute - 10) * 60_000), EndTime: new Date((minute + 2) * 60_000) };
}

test("the SDK reads a function's metrics: sums, averages, percentiles and all its dimensions", { skip }, async () => {
  await aUsedFunction("watched");
  const Dimensions = [{ Name: "FunctionName", Value: "watched" }];
  const query = (Id: string, MetricName: string, Stat: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions }, Period: 3_600, Stat },
  });

  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      ...aroundNow(),
      MetricDataQueries: [
        query("invocations", "Invocations", "Sum"),
        query("errors", "Errors", "Sum"),
        query("throttles", "Throttles", "Sum"),
        query("p99", "Duration", "p99"),
        query("concurrent", "ConcurrentExecutions", "Maximum"),
      ],
    }),
  );
  const found = Object.fromEntries(
    MetricDataResults.map((it) => [it.Id, (it.Values ?? []).reduce((sum, value) => sum + value, 0)]),
  );

  assert.partialDeepStrictEqual(found, { invocations: 3, errors: 1, throttles: 1, concurrent: 1 });
  assert.ok((found["p99"] ?? 0) >= 118, `p99 is ${found["p99"]} ms`);
  const metrics = new Map<string, number>();
  for await (const page of paginateListMetrics({ client: cloudWatch }, { Namespace: "AWS/Lambda", Dimensions })) {
    for (const { MetricName = "" } of page.Metrics ?? []) metrics.set(MetricName, (metrics.get(MetricName) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(metrics), {
    ConcurrentExecutions: 1,
    Duration: 2,
    Errors: 2,
    Invocations: 2,
    Throttles: 2,
  });
});

test("custom metrics by the SDK, compressed where there are many, come back as statistics", { skip }, async () => {
  const Timestamp = new Date();
  const MetricData = Array.from({ length: 900 }, (_, index) => ({
    MetricName: "orders",
    Timestamp,
    Value: index,
    Unit: "Count" as const,
    Dimensions: [{ Name: "shop", Value: `number ${index % 3}` }],
  }));
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: "Shop", MetricData }));

  const { Datapoints, Label } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      ...aroundNow(),
      Namespace: "Shop",
      MetricName: "orders",
      Dimensions: [{ Name: "shop", Value: "number 1" }],
      Period: 60,
      Statistics: ["SampleCount", "Maximum"],
    }),
  );

  assert.equal(Label, "orders");
  assert.deepEqual(
    Datapoints?.map(({ SampleCount, Maximum, Unit }) => ({ SampleCount, Maximum, Unit })),
    [{ SampleCount: 300, Maximum: 898, Unit: "Count" }],
  );
  const refused = cloudWatch.send(new PutMetricDataCommand({ Namespace: "AWS/Mine", MetricData }));
  await assert.rejects(refused, (error: Error) => error.name.startsWith("InvalidParameterValue"));
});

for (const [name, find] of [
  ["version 1", async () => await Promise.resolve("aws")],
  ["version 2", findAws2],
] as const) {
  test(`the aws CLI, ${name}, puts and reads metrics, and shows what is refused`, { skip }, async (context) => {
    const file = await find();
    if (file === undefined) return context.skip("there is no aws CLI of that version");
    const aws = createAws(file, hearth.endpoint);
    const namespace = `Cli ${name}`;
    const { StartTime, EndTime } = aroundNow();
    const times = ["--start-time", StartTime.toISOString(), "--end-time", EndTime.toISOString()];
    const put = ["cloudwatch", "put-metric-data", "--namespace", namespace, "--metric-name", "m", "--value"];
    for (const value of ["1", "2.5"]) await aws.run(...put, value, "--dimensions", "stage=test");

    const metric = ["--namespace", namespace, "--metric-name", "m", "--dimensions", "Name=stage,Value=test"];
    const statistics = JSON.parse(
      await aws.run(
        "cloudwatch",
        "get-metric-statistics",
        ...metric,
        ...times,
        "--output",
        "json",
        "--period",
        "3600",
        "--statistics",
        "Sum",
        "Average",
      ),
    ) as { Datapoints: { Sum: number; Average: number }[] };
    const sum = statistics.Datapoints.reduce((total, it) => total + it.Sum, 0);
    assert.equal(sum, 3.5);
    const listed = await aws.run("cloudwatch", "list-metrics", "--namespace", namespace, "--output", "json");
    assert.deepEqual(JSON.parse(listed), {
      Metrics: [{ Namespace: namespace, MetricName: "m", Dimensions: [{ Name: "stage", Value: "test" }] }],
    });
    await assert.rejects(
      aws.run("cloudwatch", "put-metric-data", "--namespace", "AWS/X", "--metric-name", "m", "--value", "1"),
      /InvalidParameterValue.*AWS\/X/u,
    );
  });
}

test("the query protocol of older clients is answered in XML", { skip }, async () => {
  const { StartTime, EndTime } = aroundNow();
  const ask = async (members: Readonly<Record<string, string>>): Promise<string> => {
    const body = new URLSearchParams({ Version: "2010-08-01", ...members });
    const authorization =
      "AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0";
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/gu, "");
    const response = await fetch(hearth.endpoint, {
      method: "POST",
      body,
      headers: { authorization, "x-amz-date": date },
    });
    return `${response.status} ${await response.text()}`;
  };
  await ask({
    Action: "PutMetricData",
    Namespace: "Old",
    "MetricData.member.1.MetricName": "m",
    "MetricData.member.1.Value": "4",
    "MetricData.member.1.Timestamp": new Date().toISOString(),
  });
  const statistics = await ask({
    Action: "GetMetricStatistics",
    Namespace: "Old",
    MetricName: "m",
    StartTime: StartTime.toISOString(),
    EndTime: EndTime.toISOString(),
    Period: "3600",
    "Statistics.member.1": "Sum",
    "ExtendedStatistics.member.1": "p90",
  });

  assert.match(statistics, /^200 .*<Sum>4<\/Sum>.*<ExtendedStatistics><entry><key>p90<\/key><value>4<\/value>/u);
  assert.match(await ask({ Action: "ListMetrics", NextToken: "x" }), /^400 .*<Code>InvalidNextToken<\/Code>/u);
});
