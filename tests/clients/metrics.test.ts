// Metrics of what really ran: Prometheus' document.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateFunctionCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

const code = `export const handler = async (event) => {
  if (event.fails) throw new Error("boom");
  await new Promise((resolve) => setTimeout(resolve, event.ms ?? 0));
  return "done";
};`;

async function aFunction(FunctionName: string): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Code: { ZipFile: aZip({ "index.mjs": code }) },
    }),
  );
  await active(hearth.lambda, FunctionName);
}

/** Invoked three times: once for 120 ms, once at once, once with an error; then refused once. */
async function aUsedFunction(FunctionName: string): Promise<void> {
  await aFunction(FunctionName);
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
