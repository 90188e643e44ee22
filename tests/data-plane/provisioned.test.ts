// Provisioned concurrency on real sandboxes: allocated ahead, used without a cold start, spilled over, moved, replaced,
// failed, kept over restarts, and scaled by a schedule.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  ApplicationAutoScalingClient,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvalidParameterValueException,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { aHearth, aZip, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { createAws, findAws2 } from "../clients/aws-cli.ts";
import { pidOf } from "../crash/leftovers.ts";
import { environmentsOf } from "./environments.ts";
import { aFunction, eventsAfter, eventually, invoke, quiet } from "./functions.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const aws2 = await findAws2();
const settings = { region: "us-east-1", credentials: { accessKeyId: "111122223333", secretAccessKey: "any" } };
/** Its process is named after its environment, so that a test can find it. */
const code = `process.title = process.env.AWS_LAMBDA_LOG_STREAM_NAME.slice(-12);
const { AWS_LAMBDA_INITIALIZATION_TYPE: type, AWS_LAMBDA_FUNCTION_VERSION: version } = process.env;
export const handler = (event) => new Promise((r) => setTimeout(() => r({ type, version }), event.ms ?? 0));`;
const ready = "provisioned-concurrency";

let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function publish(on: RunningHearth, FunctionName: string, comment: string): Promise<void> {
  const ZipFile = aZip({ "index.mjs": `${code}\n// ${comment}` });
  await on.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  await updated(on.lambda, FunctionName);
  await on.lambda.send(new PublishVersionCommand({ FunctionName }));
}

/** A function with one version and an alias of it, `live`. */
async function anAliased(on: RunningHearth, FunctionName: string, content = code): Promise<void> {
  await aFunction(on, FunctionName, { "index.mjs": content });
  await on.lambda.send(new PublishVersionCommand({ FunctionName }));
  await on.lambda.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
}

const provision = (on: RunningHearth, FunctionName: string, count: number) =>
  on.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName,
      Qualifier: "live",
      ProvisionedConcurrentExecutions: count,
    }),
  );

/** Status, then requested, allocated and available. */
async function standing(on: RunningHearth, FunctionName: string): Promise<string> {
  const it = await on.lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "live" }));
  const counts = [
    it.RequestedProvisionedConcurrentExecutions,
    it.AllocatedProvisionedConcurrentExecutions,
    it.AvailableProvisionedConcurrentExecutions,
  ];
  return `${it.Status} ${counts.join(" ")}${it.StatusReason === undefined ? "" : ` ${it.StatusReason}`}`;
}

async function stands(on: RunningHearth, name: string, wanted: string): Promise<void> {
  let last = "";
  await eventually(on, `${name} was ${wanted}`, async () => {
    last = await standing(on, name);
    return last === wanted ? true : undefined;
  }).catch((error: unknown) => assert.fail(`${last}: ${String(error)}`));
}

async function provisionedOf(on: RunningHearth, name: string): Promise<readonly string[]> {
  return (await environmentsOf(on))
    .filter((it) => it.initializationType === ready && it.deploymentId.includes(`/${name}:`))
    .map((it) => it.environmentId)
    .sort();
}

test("an alias has its environments before it is invoked; what is more than they can take runs on demand", {
  skip,
}, async () => {
  await anAliased(hearth, "f");
  const { Status, AllocatedProvisionedConcurrentExecutions } = await provision(hearth, "f", 2);
  assert.deepEqual([Status, AllocatedProvisionedConcurrentExecutions], ["IN_PROGRESS", 0]);
  await stands(hearth, "f", "READY 2 2 2");
  const { AccountLimit } = await hearth.lambda.send(new GetAccountSettingsCommand({}));
  assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 998);
  const { next } = await eventsAfter(hearth, 0);

  const call = (ms: number) => invoke(hearth, { FunctionName: "f", Qualifier: "live", event: { ms } });
  assert.deepEqual(await call(0), { type: ready, version: "1" });
  const three = (await Promise.all([call(2_000), call(2_000), call(2_000)])) as { type: string }[];

  assert.deepEqual(three.map((it) => it.type).sort(), ["on-demand", ready, ready]);
  const { events } = await eventsAfter(hearth, next);
  const kinds = events
    .filter((it) => it.event === "InvocationEnded")
    .map((it) => `${String(it["kind"])} ${String(it["isCold"])}`);
  assert.deepEqual(kinds.sort(), ["onDemand true", "provisioned false", "provisioned false", "provisioned false"]);
  assert.equal(events.filter((it) => it.event === "EnvironmentStarted").length, 1);

  const refused = hearth.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: "f",
      Qualifier: "$LATEST",
      ProvisionedConcurrentExecutions: 1,
    }),
  );
  await assert.rejects(refused, (error: unknown) => error instanceof InvalidParameterValueException);
});

// AWS too shows what the initialisation took in the first REPORT of each environment, although nobody waited for it.
test("the log of what was made ahead has AWS's INIT_REPORT, and the first REPORT of each its Init Duration", {
  skip,
}, async () => {
  await anAliased(hearth, "logged");
  await provision(hearth, "logged", 1);
  await stands(hearth, "logged", "READY 1 1 1");
  const qualifiers = ["live", "live", "1"];
  for (const Qualifier of qualifiers) await invoke(hearth, { FunctionName: "logged", Qualifier });

  const logs = new CloudWatchLogsClient({ ...settings, endpoint: hearth.endpoint });
  const lines = await eventually(hearth, "its log was there", async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/logged" }));
    const all = events.map((it) => (it.message ?? "").trimEnd()).filter((it) => /^(INIT_)?REPORT/u.test(it));
    return all.length === 4 ? all : undefined;
  });
  logs.destroy();

  const shapes = lines.map((it) => it.replace(/RequestId: \S+\t/u, "").replace(/\d+(\.\d+)?/gu, "n"));
  const report = "REPORT Duration: n ms\tBilled Duration: n ms\tMemory Size: n MB\tMax Memory Used: n MB";
  assert.deepEqual(shapes.toSorted(), [
    "INIT_REPORT Init Duration: n ms\tPhase: init",
    report,
    `${report}\tInit Duration: n ms`,
    `${report}\tInit Duration: n ms`,
  ]);
  await hearth.lambda.send(
    new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "logged", Qualifier: "live" }),
  );
});

test("an alias that moves has its new environments before the old ones end, and no invocation fails meanwhile", {
  skip,
}, async () => {
  await publish(hearth, "f", "second");
  const old = await provisionedOf(hearth, "f");
  const { next } = await eventsAfter(hearth, 0);

  await hearth.lambda.send(new UpdateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "2" }));
  let isMoving = true;
  const calls = (async () => {
    const versions = new Set<string>();
    while (isMoving) {
      const answer = (await invoke(hearth, { FunctionName: "f", Qualifier: "live" })) as { version: string };
      versions.add(answer.version);
    }
    return [...versions];
  })();
  await stands(hearth, "f", "READY 2 2 2");
  isMoving = false;
  assert.deepEqual(await calls, ["2"]);

  const { events } = await eventsAfter(hearth, next);
  const at = (event: string, isIt: (id: string) => boolean): number[] =>
    events.filter((it) => it.event === event && isIt(it.environmentId ?? "")).map((it) => it.sequence);
  const now = await provisionedOf(hearth, "f");
  const started = at("EnvironmentStarted", (id) => now.includes(id));
  const ended = at("EnvironmentForgotten", (id) => old.includes(id));
  assert.deepEqual([started.length, ended.length], [2, 2]);
  assert.ok(Math.min(...started) < Math.min(...ended) && Math.max(...started) < Math.max(...ended));
});

test("an environment that is killed at its work is replaced at once", { skip }, async () => {
  const before = await provisionedOf(hearth, "f");
  const working = hearth.lambda.send(
    new InvokeCommand({ FunctionName: "f", Qualifier: "live", Payload: JSON.stringify({ ms: 30_000 }) }),
  );
  const busy = await eventually(hearth, "one was busy", async () =>
    (await environmentsOf(hearth)).find((it) => it.state === "Busy" && before.includes(it.environmentId)),
  );
  const pid = readdirSync("/proc").find((it) => {
    try {
      return readFileSync(`/proc/${it}/cmdline`, "utf8").startsWith(busy.environmentId.slice(-12));
    } catch {
      return false;
    }
  });
  assert.ok(pid !== undefined, "its process is named after it");

  process.kill(Number(pid), "SIGKILL");

  const { FunctionError, Payload } = await working;
  assert.equal(FunctionError, "Unhandled");
  assert.match(Buffer.from(Payload ?? []).toString(), /Runtime\.ExitError/u);
  await stands(hearth, "f", "READY 2 2 2");
  const after = await provisionedOf(hearth, "f");
  assert.deepEqual([after.length, after.includes(busy.environmentId)], [2, false]);
});

// Schedules are looked at each minute, and what was due while services were down at their start: which comes sooner.
test("a scheduled action of Application Auto Scaling raises it in its time, also when services are killed before", {
  skip,
}, async () => {
  await using own = await aHearth();
  await anAliased(own, "scaled");
  const scaling = new ApplicationAutoScalingClient({ ...settings, endpoint: own.endpoint });
  const resource = {
    ServiceNamespace: "lambda" as const,
    ResourceId: "function:scaled:live",
    ScalableDimension: "lambda:function:ProvisionedConcurrency" as const,
  };
  await scaling.send(new RegisterScalableTargetCommand({ ...resource, MinCapacity: 1, MaxCapacity: 4 }));
  await stands(own, "scaled", "READY 1 1 1");
  await scaling.send(
    new PutScheduledActionCommand({
      ...resource,
      ScheduledActionName: "up",
      Schedule: `at(${new Date(Date.now() + 1_000).toISOString().slice(0, 19)})`,
      ScalableTargetAction: { MinCapacity: 3 },
    }),
  );
  scaling.destroy();

  process.kill(pidOf(own.data, "services"), "SIGKILL");

  await stands(own, "scaled", "READY 3 3 3");
  assert.equal((await provisionedOf(own, "scaled")).length, 3);
});

test("services that are killed find their provisioned environments again; all of it started anew makes as many", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const first = await aHearth({ data });
  await anAliased(first, "kept");
  await provision(first, "kept", 2);
  await stands(first, "kept", "READY 2 2 2");
  const before = await provisionedOf(first, "kept");

  process.kill(pidOf(data, "services"), "SIGKILL");
  await first.says(/worker \w+ joined/u, 2);
  await stands(first, "kept", "READY 2 2 2");
  assert.deepEqual(await provisionedOf(first, "kept"), before);
  assert.deepEqual(await invoke(first, { FunctionName: "kept", Qualifier: "live" }), { type: ready, version: "1" });
  await quiet(first);
  await first.stop();
  first.lambda.destroy();

  const second = await aHearth({ data });
  await stands(second, "kept", "READY 2 2 2");
  assert.equal((await provisionedOf(second, "kept")).length, 2);
  assert.deepEqual(await invoke(second, { FunctionName: "kept", Qualifier: "live" }), { type: ready, version: "1" });
  second.lambda.destroy();
  await second.stop();
  rmSync(data, { recursive: true });
});

test("an initialisation that throws is FAILED with AWS's reason, and no environment of it stays", {
  skip,
}, async () => {
  await anAliased(hearth, "broken", "throw new Error('no');");

  await provision(hearth, "broken", 1);

  await stands(hearth, "broken", "FAILED 1 0 0 FUNCTION_ERROR_INIT_FAILURE");
  await hearth.lambda.send(
    new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "broken", Qualifier: "live" }),
  );
  await quiet(hearth);
  assert.deepEqual(await provisionedOf(hearth, "broken"), []);
});

test("taken away, all of them end", { skip }, async () => {
  await hearth.lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier: "live" }));

  await quiet(hearth);

  assert.deepEqual(await provisionedOf(hearth, "f"), []);
});

test("the aws CLI puts, gets and lists it", {
  skip: reason ?? (aws2 === undefined ? "the aws CLI version 2 is not installed" : false),
}, async () => {
  const aws = createAws(aws2 ?? "", hearth.endpoint);
  const run = async (command: string, ...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await aws.run("lambda", command, "--function-name", "f", ...args, "--output", "json")) as Record<
      string,
      unknown
    >;
  const at = ["--qualifier", "live"];

  const put = await run("put-provisioned-concurrency-config", ...at, "--provisioned-concurrent-executions", "1");
  assert.equal(put["Status"], "IN_PROGRESS");
  await stands(hearth, "f", "READY 1 1 1");
  const got = await run("get-provisioned-concurrency-config", ...at);
  const listed = await run("list-provisioned-concurrency-configs");

  assert.deepEqual([got["Status"], got["AvailableProvisionedConcurrentExecutions"]], ["READY", 1]);
  const [config] = listed["ProvisionedConcurrencyConfigs"] as Record<string, unknown>[];
  assert.deepEqual(
    [config?.["FunctionArn"], config?.["Status"]],
    ["arn:aws:lambda:us-east-1:111122223333:function:f:live", "READY"],
  );
});
