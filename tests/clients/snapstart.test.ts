// SnapStart: versions are initialised when they are published, and their environments begin where that left off.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { aHearth, aZip, role, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { pidOf } from "../crash/leftovers.ts";
import { functionLogAtEnd } from "./function-log.ts";
import { create, type Files } from "./a-function.ts";
import { hostPython } from "./host-python.ts";

const python = await hostPython();
const skip = (await whyNoSandboxes()) ?? (python === undefined ? "the host has no Python 3.9 to 3.14" : false);
let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
before(async () => {
  if (skip !== false) return;
  // Whatever Python the machine has stands for the one that is named.
  hearth = await aHearth({ env: { HEARTH_NEAREST_RUNTIME: "on" } });
  logs = new CloudWatchLogsClient(hearth.clientConfig);
});
after(async () => {
  if (skip !== false) return;
  logs.destroy();
  await hearth[Symbol.asyncDispose]();
});

const restored = {
  Runtime: "python3.13",
  Handler: "app.handler",
  SnapStart: { ApplyOn: "PublishedVersions" },
} as const;

async function published(FunctionName: string, files: Files): Promise<string> {
  await create(hearth.lambda, FunctionName, { ...restored, files });
  const { Version, State, StateReasonCode, SnapStart } = await hearth.lambda.send(
    new PublishVersionCommand({ FunctionName }),
  );
  assert.deepEqual([State, StateReasonCode], ["Pending", "Creating"]);
  assert.deepEqual(SnapStart, { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" });
  return Version ?? "";
}

async function isActive(FunctionName: string, Qualifier: string): Promise<void> {
  const waiter = { client: hearth.lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await waitUntilPublishedVersionActive(waiter, { FunctionName, Qualifier });
}

interface Answered {
  readonly json: Readonly<Record<string, unknown>>;
  readonly tail: string;
}

async function invoke(FunctionName: string, Qualifier?: string, event: unknown = {}): Promise<Answered> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName, Qualifier, Payload: JSON.stringify(event), LogType: "Tail" }),
  );
  const text = Buffer.from(output.Payload ?? []).toString();
  assert.equal(output.FunctionError, undefined, text);
  const tail = Buffer.from(output.LogResult ?? "", "base64").toString();
  return { json: JSON.parse(text) as Readonly<Record<string, unknown>>, tail };
}

async function logOf(FunctionName: string): Promise<string> {
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}` }));
  return (events ?? []).map(({ message }) => `${message}\n`).join("");
}

const HOOKED = `
import os, random, time, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot

told = ["initialised"]
born = str(uuid.uuid4())
print("initialised once")

@register_before_snapshot
def first_before():
    told.append("before, registered first")

register_before_snapshot(lambda word: told.append(word), "before, registered second")
register_after_restore(told.append, "after, registered first")

@register_after_restore
def second_after():
    told.append("after, registered second")

def handler(event, context):
    time.sleep(event.get("seconds", 0))
    return {
        "told": told,
        "born": born,
        "random": random.random(),
        "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
        "version": context.function_version,
        "stream": context.log_stream_name,
    }
`;

test("a published version is initialised before it is active, and restored with its hooks in AWS's order", {
  skip,
}, async () => {
  const version = await published("hooked", { "app.py": HOOKED });
  await isActive("hooked", version);
  assert.ok((await logOf("hooked")).includes("initialised once"), "before anybody invokes");

  const { json, tail } = await invoke("hooked", version);

  assert.deepEqual(json["told"], [
    "initialised",
    "before, registered second",
    "before, registered first",
    "after, registered first",
    "after, registered second",
  ]);
  assert.deepEqual([json["type"], json["version"]], ["snap-start", version]);
  assert.match(tail, /\tRestore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms\t?\n/u);
  assert.doesNotMatch(tail, /Init Duration/u);
  const again = await invoke("hooked", version);
  assert.equal(again.json["born"], json["born"], "warm");
  assert.doesNotMatch(again.tail, /Restore Duration/u);
  const { SnapStart } = await hearth.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: "hooked", Qualifier: version }),
  );
  assert.deepEqual(SnapStart, { ApplyOn: "PublishedVersions", OptimizationStatus: "On" });
  const log = await functionLogAtEnd(hearth, logs, "hooked");
  assert.match(
    log,
    /INIT_START Runtime Version: python:3\.13\.\S+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:/u,
  );
  assert.match(
    log,
    /RESTORE_START Runtime Version: python:3\.13\.\S+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:/u,
  );
  assert.match(log, /RESTORE_REPORT Restore Duration: [\d.]+ ms\n/u);
});

test("environments of a version have nothing unique in common, and a log stream each", { skip }, async () => {
  const version = await published("unique", { "app.py": HOOKED });
  await isActive("unique", version);

  const all = await Promise.all([1, 2, 3].map(() => invoke("unique", version, { seconds: 2 })));

  for (const member of ["born", "random", "stream"])
    assert.equal(new Set(all.map(({ json }) => json[member])).size, 3, member);
  for (const { tail } of all) assert.match(tail, /Restore Duration/u);
});

test("$LATEST is initialised on demand", { skip }, async () => {
  await published("latest", { "app.py": HOOKED });

  const { json, tail } = await invoke("latest");

  assert.deepEqual([json["told"], json["type"]], [["initialised"], "on-demand"]);
  assert.match(tail, /Init Duration/u);
  const { SnapStart } = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "latest" }));
  assert.deepEqual(SnapStart, { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" });
});

test("a failing after-restore hook is told as AWS's exception; the environment is gone", { skip }, async () => {
  const version = await published("restoreless", {
    "app.py": `
from snapshot_restore_py import register_after_restore

@register_after_restore
def fails():
    raise ValueError("no connection")

def handler(event, context):
    return "never"
`,
  });
  await isActive("restoreless", version);

  for (const _ of [1, 2])
    await assert.rejects(hearth.lambda.send(new InvokeCommand({ FunctionName: "restoreless", Qualifier: version })), {
      name: "SnapStartException",
      message: "The function could not be restored: ValueError",
    });
  assert.match(
    await functionLogAtEnd(hearth, logs, "restoreless"),
    /RESTORE_REPORT Restore Duration: [\d.]+ ms\tStatus: error\tError Type: ValueError/u,
  );
});

test("hooks have ten seconds", { skip }, async () => {
  const version = await published("slow", {
    "app.py": `
import time
from snapshot_restore_py import register_after_restore
register_after_restore(time.sleep, 60)
def handler(event, context):
    return "never"
`,
  });
  await isActive("slow", version);
  const startedMs = performance.now();

  await assert.rejects(hearth.lambda.send(new InvokeCommand({ FunctionName: "slow", Qualifier: version })), {
    name: "SnapStartTimeoutException",
  });
  assert.ok(performance.now() - startedMs >= 10_000);
  assert.match(await logOf("slow"), /RESTORE_REPORT Restore Duration: 10\d{3}\.\d+ ms\tStatus: timeout/u);
});

test("a version whose initialisation or before-snapshot hook fails becomes Failed", { skip }, async () => {
  for (const [name, text] of [
    ["initless", "raise ValueError('at import')"],
    [
      "hookless",
      `
from snapshot_restore_py import register_before_snapshot
def fails():
    raise ValueError("in the hook")
register_before_snapshot(fails)
def handler(event, context):
    return "never"
`,
    ],
  ] as const) {
    const version = await published(name, { "app.py": text });
    await assert.rejects(isActive(name, version), /Failed|FAILURE/u);

    const configuration = await hearth.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: version }),
    );
    assert.deepEqual([configuration.State, configuration.StateReasonCode], ["Failed", "FunctionError"], name);
    assert.deepEqual(configuration.SnapStart?.OptimizationStatus, "Off");
    assert.match(await logOf(name), /ValueError/u);
  }
});

test("what SnapStart does not go with is refused in AWS's words", { skip }, async () => {
  const { lambda } = hearth;
  const code = { Role: role, Code: { ZipFile: aZip({ "app.py": HOOKED }) } };
  await assert.rejects(
    lambda.send(new CreateFunctionCommand({ ...code, ...restored, FunctionName: "n", Runtime: "nodejs26.x" as never })),
    {
      name: "InvalidParameterValueException",
      message: "nodejs26.x is not supported for SnapStart enabled functions.",
    },
  );
  await create(lambda, "big", { ...restored, files: { "app.py": HOOKED } });
  await assert.rejects(
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "big", EphemeralStorage: { Size: 1024 } })),
    { name: "InvalidParameterValueException" },
  );
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "big", SnapStart: { ApplyOn: "None" } }));
  await updated(lambda, "big");
  const { SnapStart } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "big" }));
  assert.deepEqual(SnapStart, { ApplyOn: "None", OptimizationStatus: "Off" });
});

test("what was initialised ahead goes with the services that asked for it; the next starts are restored all the same", {
  skip,
}, async () => {
  const version = await published("survivor", { "app.py": HOOKED });
  await isActive("survivor", version);
  process.kill(pidOf(hearth.data, "services"), "SIGKILL");
  await hearth.says(/worker \w+ joined/u, 2);

  const { json, tail } = await invoke("survivor", version);

  assert.equal((json["told"] as readonly string[]).length, 5);
  assert.match(tail, /Restore Duration/u);
  const log = await functionLogAtEnd(hearth, logs, "survivor");
  assert.ok(log.split("initialised once").length > 2, "the first, and the one that was restored");
});
