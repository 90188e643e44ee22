// Runtimes that the machine does not have by itself: added by the user while Hearth runs, fetched from a registry of base images
// that the test serves, stood in for by the nearest, or missing with a reason.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type Runtime,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { addBinary } from "../../src/worker/rootfs/build-rootfs.ts";
import { anImage, aRegistry, type TestRegistry, writeLayout } from "../../src/worker/rootfs/images/images.fixtures.ts";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { bootstrapEntry, busybox, busyboxEntries } from "../../src/worker/rootfs/rootfs.fixtures.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const hearthCommand = fileURLToPath(new URL("../../bin/hearth", import.meta.url));
const hostHas = async (version: string): Promise<boolean> => (await findPython(version)) !== undefined;
const reason =
  (await whyNoSandboxes()) ??
  (busybox() === undefined ? "there is no static busybox" : undefined) ??
  ((await hostHas("3.15")) || (await hostHas("3.14")) || (await hostHas("3.10"))
    ? "this machine has the Pythons that the tests want missing"
    : undefined);
const skip = reason ?? false;

const place = mkdtempSync(join(tmpdir(), "hearth-added-"));
// Sandboxes with user ids of their own come to their root as a stranger.
chmodSync(place, 0o755);
const env = { HEARTH_RUNTIMES: join(place, "runtimes"), HEARTH_NEAREST_RUNTIME: "on" };
const image = anImage({
  architecture: process.arch,
  layers: reason === undefined ? [busyboxEntries(), [bootstrapEntry]] : [],
  env: ["IMAGE_SAYS=hello", "PATH=/nowhere"],
});
let registry: TestRegistry;
let hearth: RunningHearth;
before(async () => {
  if (reason !== undefined) return;
  registry = await aRegistry(image, { repository: "lambda/python", tag: "3.10", wantsToken: true });
  hearth = await aHearth({ env: { ...env, HEARTH_BASE_IMAGES: `${registry.host}/lambda` } });
});
after(async () => {
  if (reason === undefined) {
    await hearth[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  }
  rmSync(place, { recursive: true });
});

async function create(
  at: RunningHearth,
  name: string,
  runtime: string,
  files: Readonly<Record<string, string>> = { a: "" },
): Promise<string> {
  const { State } = await at.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: runtime as Runtime,
      Handler: "index.handler",
      Timeout: 10,
      Code: { ZipFile: aZip(files) },
    }),
  );
  return State ?? "";
}

async function invoke(name: string, event: unknown): Promise<{ json: unknown; log: string }> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(output.Payload ?? []).toString();
  return { json: JSON.parse(text) as unknown, log: Buffer.from(output.LogResult ?? "", "base64").toString() };
}

async function runtimes(...args: string[]): Promise<string> {
  const settings = { ...process.env, ...env, HEARTH_NODE: process.execPath, HEARTH_BASE_IMAGES: "never" };
  return (await promisify(execFile)("sh", [hearthCommand, "runtimes", ...args], { env: settings })).stdout;
}

/** The group's messages, as soon as the wanted one is among them: logs travel behind the answer. */
async function logOf(logGroupName: string, wanted: string): Promise<readonly string[]> {
  const logs = new CloudWatchLogsClient({
    endpoint: hearth.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
  let messages: readonly string[] = [];
  for (let tries = 0; tries < 100 && !messages.some((it) => it.startsWith(wanted)); tries++) {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName })).catch(() => ({ events: [] }));
    messages = (found.events ?? []).map((it) => it.message ?? "");
  }
  logs.destroy();
  return messages;
}

const answer = { event: { a: 1 }, image: "hello", handler: "index.handler" };

test("a runtime that is not here is fetched while its function is Pending, and runs by its own bootstrap", {
  skip,
}, async () => {
  assert.equal(await create(hearth, "fetched", "python3.10"), "Pending");
  await active(hearth.lambda, "fetched");

  assert.deepEqual((await invoke("fetched", { a: 1 })).json, answer);
  assert.deepEqual((await invoke("fetched", { a: 1 })).json, answer);
  assert.ok(registry.asked.includes("/v2/lambda/python/manifests/3.10"));
});

test("a runtime added from an OCI layout runs in the Hearth that is running", { skip }, async () => {
  const layout = join(place, "layout");
  mkdirSync(layout);
  writeLayout(image, layout);

  await runtimes("add", "python3.14", "--from", layout);
  await create(hearth, "laid", "python3.14");
  await active(hearth.lambda, "laid");

  assert.deepEqual((await invoke("laid", { a: 1 })).json, answer);
  assert.equal(await runtimes("verify", "python3.14"), "python3.14: fine\n");
});

test("a runtime added from a registry, and one from a directory with a plain Node, run", { skip }, async () => {
  const directory = join(place, "node");
  mkdirSync(directory);
  await addBinary(directory, process.execPath, "usr/local/bin/node");

  await runtimes("add", "nodejs20.x", "--from", `${registry.host}/lambda/python:3.10`);
  await runtimes("add", "nodejs26.x", "--from", directory);
  await create(hearth, "pulled", "nodejs20.x");
  await create(hearth, "plain", "nodejs26.x", {
    "index.mjs": "export const handler = async (event) => [process.execPath, event];",
  });
  for (const name of ["pulled", "plain"]) await active(hearth.lambda, name);

  assert.deepEqual((await invoke("pulled", { a: 1 })).json, answer);
  assert.deepEqual((await invoke("plain", 7)).json, ["/usr/local/bin/node", 7]);
});

test("with nearestRuntime on, the nearest runtime stands in, and the function's log says so", { skip }, async () => {
  await create(hearth, "near", "python3.15");
  await active(hearth.lambda, "near");

  assert.deepEqual((await invoke("near", { a: 1 })).json, answer);
  const configuration = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "near" }));
  assert.equal(configuration.Runtime, "python3.15");
  const line =
    "HEARTH python3.15 is not on this machine: running on python3.14, the nearest that is (HEARTH_NEAREST_RUNTIME=on)";
  assert.ok((await logOf("/aws/lambda/near", line)).some((it) => it.startsWith(line)));
});

test("a runtime that can't be had leaves its function Failed with how to add it", { skip }, async () => {
  await using strict = await aHearth({ env: { HEARTH_RUNTIMES: join(place, "others") } });

  await create(strict, "missing", "python3.15");
  await assert.rejects(
    waitUntilFunctionActiveV2(
      { client: strict.lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { FunctionName: "missing" },
    ),
  );

  const { State, StateReason, StateReasonCode } = await strict.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: "missing" }),
  );
  assert.deepEqual([State, StateReasonCode], ["Failed", "InvalidRuntime"]);
  assert.equal(
    StateReason,
    "python3.15 is not here: this machine has no Python 3.15; base images are off (HEARTH_BASE_IMAGES=never). Add it with: hearth runtimes add python3.15 --from IMAGE (or an OCI layout, a directory, an interpreter)",
  );
});
