// Asynchronous invocations by the SDK and the aws CLI: accepted, run behind the answer, counted, given up.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionConfigurationCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RequestTooLargeException,
} from "@aws-sdk/client-lambda";
import type { Numbered } from "../../src/feed/feed.ts";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { feedUntil } from "../feed.ts";
import { createAws, findAws2 } from "./aws-cli.ts";
import { functionLogAtEnd } from "./function-log.ts";
import { create } from "./a-function.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
let cloudWatch: CloudWatchClient;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  logs = new CloudWatchLogsClient(hearth.clientConfig);
  cloudWatch = new CloudWatchClient(hearth.clientConfig);
});
after(async () => {
  if (reason !== undefined) return;
  logs.destroy();
  cloudWatch.destroy();
  await hearth[Symbol.asyncDispose]();
});

const code = `export const handler = async (event, context) => {
  console.log("got", JSON.stringify(event), context.clientContext?.custom?.from ?? "nobody");
  if (event.fails) throw new Error("boom");
};`;

const aFunction = async (name: string): Promise<void> =>
  await create(hearth.lambda, name, { files: { "index.mjs": code } });

type NamedEvent = Extract<Numbered, { functionName: string }>;

/** Waits for an event about a function, of one request where it is given. */
async function heard(event: NamedEvent["event"], functionName: string, requestId?: string): Promise<void> {
  await feedUntil(hearth, (events) =>
    events.some(
      (it) =>
        it.event === event &&
        it.functionName === functionName &&
        (requestId === undefined || it.requestId === requestId),
    ),
  );
}

/** The sum of a metric of one function, in this hour. */
async function sum(FunctionName: string, MetricName: string): Promise<number> {
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const { Datapoints = [] } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/Lambda",
      MetricName,
      Dimensions: [{ Name: "FunctionName", Value: FunctionName }],
      StartTime: new Date(hour - 3_600_000),
      EndTime: new Date(hour + 3_600_000),
      Period: 3_600,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints.reduce((total, it) => total + (it.Sum ?? 0), 0);
}

test("an event is answered with 202 and nothing else, and runs under the request's id", { skip }, async () => {
  await aFunction("told");
  const ClientContext = Buffer.from('{"custom":{"from":"a phone"}}').toString("base64");
  const { $metadata, StatusCode, Payload, ExecutedVersion, FunctionError, LogResult } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "told", InvocationType: "Event", Payload: '{"order":42}', ClientContext }),
  );
  assert.equal(StatusCode, 202);
  assert.deepEqual(
    [Payload?.length ?? 0, ExecutedVersion, FunctionError, LogResult],
    [0, undefined, undefined, undefined],
  );
  await heard("AsyncEventInvoked", "told", $metadata.requestId);
  const log = await functionLogAtEnd(hearth, logs, "told");
  assert.match(log, new RegExp(`START RequestId: ${$metadata.requestId} Version: \\$LATEST`, "u"));
  assert.match(log, /got \{"order":42\} a phone/u);
});

test("InvokeAsync is taken too, and a large event is refused in AWS's words", { skip }, async () => {
  await aFunction("old");
  const { Status } = await hearth.lambda.send(new InvokeAsyncCommand({ FunctionName: "old", InvokeArgs: "[1]" }));
  assert.equal(Status, 202);
  await heard("AsyncEventInvoked", "old");
  const large = { FunctionName: "old", InvocationType: "Event", Payload: `"${"x".repeat(1_048_575)}"` } as const;
  await assert.rejects(hearth.lambda.send(new InvokeCommand(large)), (error) => {
    assert.ok(error instanceof RequestTooLargeException);
    assert.equal(
      error.message,
      "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    );
    return true;
  });
});

test("what is received, run and given up is counted, by CloudWatch and Prometheus alike", { skip }, async () => {
  await aFunction("counted");
  const send = (event: object) =>
    hearth.lambda.send(
      new InvokeCommand({ FunctionName: "counted", InvocationType: "Event", Payload: JSON.stringify(event) }),
    );
  await send({});
  const { $metadata } = await send({ fails: true });
  await heard("AsyncEventInvoked", "counted", $metadata.requestId);
  // Nothing is asked again of a function that is switched off.
  await hearth.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "counted", ReservedConcurrentExecutions: 0 }),
  );
  await send({});
  await heard("AsyncEventDropped", "counted");
  await feedUntil(
    hearth,
    (events) => events.filter((it) => it.event === "AsyncEventInvoked" && it.functionName === "counted").length === 2,
  );

  const counts = ["AsyncEventsReceived", "AsyncEventsDropped", "Invocations", "Errors", "Throttles"];
  assert.deepEqual(await Promise.all(counts.map((it) => sum("counted", it))), [3, 1, 2, 1, 1]);
  assert.ok((await sum("counted", "AsyncEventAge")) < 60_000);
  const text = await (await fetch(`${hearth.endpoint}/_hearth/metrics`)).text();
  const of = 'account="111122223333",region="us-east-1",function="counted"';
  const lines = text.split("\n");
  for (const line of [
    `hearth_async_events_received_total{${of}} 3`,
    `hearth_async_events_dropped_total{${of},reason="ZeroReservedConcurrency"} 1`,
    `hearth_async_event_age_seconds_count{${of}} 2`,
    // The one that failed is tried again in a minute.
    `hearth_async_events_queued{${of}} 1`,
  ])
    assert.ok(lines.includes(line), line);
});

test("an event that is given up is told to its function's destination, as an event in the same trace", {
  skip,
}, async () => {
  await aFunction("fails");
  await aFunction("hears");
  const { FunctionArn } = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "hears" }));
  const config = await hearth.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: "fails",
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: FunctionArn } },
    }),
  );
  assert.ok(config.LastModified instanceof Date);
  const { $metadata } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "fails", InvocationType: "Event", Payload: '{"fails":true}' }),
  );
  await heard("AsyncEventInvoked", "hears");
  const log = await functionLogAtEnd(hearth, logs, "hears");
  const record = JSON.parse(/got (.+) nobody$/mu.exec(log)?.[1] ?? "{}") as object;
  assert.partialDeepStrictEqual(record, {
    version: "1.0",
    requestContext: {
      requestId: $metadata.requestId,
      functionArn: "arn:aws:lambda:us-east-1:111122223333:function:fails:$LATEST",
      condition: "RetriesExhausted",
      approximateInvokeCount: 1,
    },
    requestPayload: { fails: true },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: { errorType: "Error", errorMessage: "boom" },
  });
});

test("aws lambda invoke --invocation-type Event prints the status alone", { skip }, async (context) => {
  const file = await findAws2();
  if (file === undefined) return context.skip("this machine has no aws CLI of version 2");
  await aFunction("typed");
  const aws = createAws(file, hearth.endpoint);
  const given = ["--function-name", "typed", "--invocation-type", "Event", "--cli-binary-format", "raw-in-base64-out"];
  const answer = await aws.run("lambda", "invoke", ...given, "--payload", '{"a":1}', "/dev/null");
  assert.deepEqual(JSON.parse(answer), { StatusCode: 202 });
  await heard("AsyncEventInvoked", "typed");
});
