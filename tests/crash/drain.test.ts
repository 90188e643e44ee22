// SIGTERM drains: no new work, what is under way finishes or ends at a bound, logs are stored, nothing is left.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, processesOf, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const skip = (await whyNoSandboxes()) ?? false;

async function aSleeper(hearth: RunningHearth): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "sleeper",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Timeout: 60,
      MemorySize: 512,
      Code: {
        ZipFile: aZip({
          "index.mjs":
            "export const handler = async (event) => { console.log('asleep'); await new Promise((r) => setTimeout(r, event.ms)); console.log('awake'); return 'slept'; };",
        }),
      },
    }),
  );
  await active(hearth.lambda, "sleeper");
}

/** Resolves when an environment is at work, as the feed tells it. */
async function busy(hearth: RunningHearth): Promise<void> {
  for (;;) {
    const health = (await (await fetch(`${hearth.endpoint}/_hearth/health`)).json()) as {
      environments: { isIdle: boolean; phasesMs: object }[];
    };
    if (health.environments.some((it) => !it.isIdle && Object.keys(it.phasesMs).length > 0)) return;
  }
}

test("an invocation under way finishes, its caller has its answer, and its log is stored before the end", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const first = await aHearth({ data });
  await aSleeper(first);
  const answer = first.lambda.send(
    new InvokeCommand({ FunctionName: "sleeper", Payload: JSON.stringify({ ms: 2_000 }) }),
  );
  await busy(first);

  const stopped = first.stop();
  assert.equal(Buffer.from((await answer).Payload ?? []).toString(), '"slept"');
  assert.equal(await stopped, 0);
  first.lambda.destroy();
  assert.deepEqual(processesOf(data), []);

  const second = await aHearth({ data });
  const logs = new CloudWatchLogsClient({
    endpoint: second.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/sleeper" }));
  const lines = events.map((it) => it.message ?? "").join("\n");
  assert.match(lines, /asleep[\s\S]*awake[\s\S]*REPORT RequestId/u);
  logs.destroy();
  second.lambda.destroy();
  await second.stop();
  rmSync(data, { recursive: true });
});

test("an invocation that would outlast the bound ends with it, and nothing is left", { skip }, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const hearth = await aHearth({ data });
  await aSleeper(hearth);
  const answer = hearth.lambda
    .send(new InvokeCommand({ FunctionName: "sleeper", Payload: JSON.stringify({ ms: 55_000 }) }))
    .then(
      () => "answered",
      (error: unknown) => (error instanceof Error ? error.name : "?"),
    );
  await busy(hearth);

  const startedMs = performance.now();
  await hearth.stop();

  assert.ok(performance.now() - startedMs < 40_000, "the bound held");
  assert.notEqual(await answer, "answered");
  hearth.lambda.destroy();
  assert.deepEqual(processesOf(data), []);
  rmSync(data, { recursive: true });
});
