// Events that were acknowledged run, whoever is killed right after.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { functionLogAtEnd } from "../clients/function-log.ts";
import { feedUntil } from "../feed.ts";
import { pidOf } from "./leftovers.ts";

const skip = (await whyNoSandboxes()) ?? false;
const EVENTS = 60;

/** A function that has been sent many events, all acknowledged; gives their requests' ids. */
async function anEventfulFunction({ lambda }: RunningHearth): Promise<readonly string[]> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "durable",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Code: { ZipFile: aZip({ "index.mjs": "export const handler = async () => undefined;" }) },
    }),
  );
  await active(lambda, "durable");
  const asked = new InvokeCommand({ FunctionName: "durable", InvocationType: "Event" });
  const answers = await Promise.all(Array.from({ length: EVENTS }, () => lambda.send(asked)));
  assert.ok(answers.every((it) => it.StatusCode === 202));
  return answers.map((it) => it.$metadata.requestId ?? "");
}

test("every event that was acknowledged runs, though services are killed right after", { skip }, async () => {
  await using hearth = await aHearth();
  const { endpoint } = hearth;
  const ids = await anEventfulFunction(hearth);

  process.kill(pidOf(hearth.data, "services"), "SIGKILL");
  await hearth.says(/worker \w+ joined/u, 2);

  const isDone = async (): Promise<boolean> =>
    !(await (await fetch(`${endpoint}/_hearth/metrics`)).text()).includes("hearth_async_events_queued{");
  for (let seen = 0; !(await isDone()); ) seen = (await feedUntil(hearth, (it) => it.length > seen)).length;
  const logs = new CloudWatchLogsClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
  const log = await functionLogAtEnd(hearth, logs, "durable");
  logs.destroy();
  assert.deepEqual(
    ids.filter((id) => !log.includes(`END RequestId: ${id}`)),
    [],
  );
});

test("every event that was acknowledged runs, though its worker is killed right after", { skip }, async () => {
  await using hearth = await aHearth();
  const ids = await anEventfulFunction(hearth);

  process.kill(pidOf(hearth.data, "worker"), "SIGKILL");

  const missing = new Set(ids);
  await feedUntil(hearth, (events) => {
    for (const it of events) if (it.event === "AsyncEventInvoked") missing.delete(it.requestId);
    return missing.size === 0;
  });
});
