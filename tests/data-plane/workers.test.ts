// Two workers on one machine: both serve, one killed under load takes only its own invocations along.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CreateFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, processesOf, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { busyEnvironments, environmentsOf } from "./environments.ts";
import { aFunction, eventually, healthOf, invoke as invokeFunction, quiet } from "./functions.ts";

const skip = (await whyNoSandboxes()) ?? false;
const code = "export const handler = (event) => new Promise((r) => setTimeout(() => r('done'), event.ms ?? 0));";

async function aSlowFunction(hearth: RunningHearth): Promise<(ms: number) => Promise<string>> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "slow",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 512,
      Timeout: 60,
      Code: { ZipFile: aZip({ "index.mjs": code }) },
    }),
  );
  await active(hearth.lambda, "slow");
  return async (ms) => {
    const command = new InvokeCommand({ FunctionName: "slow", Payload: JSON.stringify({ ms }) });
    return Buffer.from((await hearth.lambda.send(command)).Payload ?? []).toString();
  };
}

const program = fileURLToPath(new URL("../../bin/hearth", import.meta.url));

/** The command `hearth`. */
function runHearth(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, HEARTH_NODE: process.execPath };
    execFile("sh", [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** The process of the second worker: what tells it from the first is its number. */
function secondWorker(data: string): number {
  const found = processesOf(data).find(
    (pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker.ts") &&
      readFileSync(`/proc/${pid}/environ`, "utf8").includes("HEARTH_WORKER_NUMBER=2"),
  );
  assert.ok(found !== undefined);
  return Number(found);
}

test("of two workers one killed under load loses its own invocations alone, and is started again", {
  skip,
}, async () => {
  await using hearth = await aHearth({ env: { HEARTH_WORKERS: "2" } });
  await hearth.says(/worker \w+ joined/u, 2);
  const invoke = await aSlowFunction(hearth);

  const running = [1, 2, 3, 4].map(() => invoke(8_000).then(String, (error: Error) => error.name));
  const busy = await busyEnvironments(hearth, 4);
  assert.equal(new Set(busy.map((it) => it.workerId)).size, 2);
  process.kill(secondWorker(hearth.data), "SIGKILL");
  const ended = await Promise.all(running);

  const lost = ended.filter((it) => it === "ServiceException").length;
  assert.ok(lost >= 1 && lost <= 3, ended.join(" "));
  assert.equal(ended.filter((it) => it === '"done"').length, 4 - lost);
  await hearth.says(/worker \w+ joined/u, 3);
  assert.deepEqual(
    await Promise.all([1, 2, 3, 4].map(() => invoke(500))),
    Array.from({ length: 4 }, () => '"done"'),
  );
  assert.equal(new Set((await environmentsOf(hearth)).map((it) => it.workerId)).size, 2);
});

// Each caller has one invocation under way at a time, so that the killed worker had no more of them than it had environments.
test("under load over several functions a killed worker fails what it had, nothing else, and all is as before", {
  skip,
}, async () => {
  await using hearth = await aHearth({ env: { HEARTH_WORKERS: "2" } });
  await hearth.says(/worker \w+ joined/u, 2);
  const names = ["a", "b", "c"];
  for (const name of names) await aFunction(hearth, name, { "index.mjs": code }, { MemorySize: 512 });
  await hearth.lambda.send(new PublishVersionCommand({ FunctionName: "a" }));
  const qualified = { FunctionName: "a", Qualifier: "1" };
  await hearth.lambda.send(
    new PutProvisionedConcurrencyConfigCommand({ ...qualified, ProvisionedConcurrentExecutions: 3 }),
  );
  const provisioned = () =>
    eventually(hearth, "3 provisioned environments were ready", async () => {
      const it = await hearth.lambda.send(new GetProvisionedConcurrencyConfigCommand(qualified));
      return it.Status === "READY" ? true : undefined;
    });
  await provisioned();

  const outcomes: string[] = [];
  let isOver = false;
  const callers = [...names, ...names].map(async (FunctionName) => {
    while (!isOver) {
      const call = invokeFunction(hearth, { FunctionName, event: { ms: 300 } });
      outcomes.push(await call.then(String, (error: Error) => error.name));
    }
  });
  const enough = (count: number) =>
    eventually(hearth, `${count} answers`, () => Promise.resolve(outcomes.length >= count ? true : undefined));
  await enough(20);
  const known = await environmentsOf(hearth);
  const second = secondWorker(hearth.data);
  process.kill(second, "SIGKILL");
  await hearth.says(/worker \w+ left/u);
  await enough(outcomes.length + 20);
  isOver = true;
  await Promise.all(callers);

  const lost = outcomes.filter((it) => it !== "done");
  assert.ok(lost.every((it) => it === "ServiceException") && lost.length <= 6, lost.join(" "));
  await hearth.says(/worker \w+ joined/u, 3);
  const again = await Promise.all(
    [...names, ...names].map((FunctionName) => invokeFunction(hearth, { FunctionName, event: { ms: 100 } })),
  );
  assert.ok(again.every((it) => it === "done"));
  await provisioned();
  const health = await quiet(hearth);
  assert.equal(health.workers.length, 2);
  const now = await environmentsOf(hearth);
  const kept = new Set(health.workers.map((it) => it.workerId));
  assert.ok(now.every((it) => kept.has(it.workerId)));
  assert.ok(
    known.some((it) => !kept.has(it.workerId)),
    "the killed worker had environments",
  );
  assert.equal(now.filter((it) => it.initializationType === "provisioned-concurrency").length, 3);
});

test("hearth drain takes a worker out of use: what it runs ends well, and new environments are made elsewhere", {
  skip,
}, async () => {
  await using hearth = await aHearth({ env: { HEARTH_WORKERS: "2" } });
  await hearth.says(/worker \w+ joined/u, 2);
  const invoke = await aSlowFunction(hearth);
  const running = [invoke(4_000), invoke(4_000)];
  const [busy] = await busyEnvironments(hearth, 2);
  const { port } = new URL(hearth.endpoint);

  const drained = await runHearth("drain", busy?.workerId ?? "", "--port", port);
  const unknown = await runHearth("drain", "nobody", "--port", port);

  assert.deepEqual([drained.code, unknown.code], [0, 1]);
  assert.match(drained.stdout, new RegExp(`^Worker ${busy?.workerId ?? ""} gets nothing new`, "u"));
  assert.match(unknown.stderr, /No worker has the id nobody\./u);
  const isOpen = (await healthOf(hearth)).workers.map((it) => [it.workerId === busy?.workerId, it.isOpen]);
  assert.deepEqual(new Set(isOpen.map(String)), new Set(["true,false", "false,true"]));
  assert.deepEqual(await Promise.all(running), ['"done"', '"done"']);
  assert.deepEqual(await Promise.all([invoke(500), invoke(500), invoke(500)]), ['"done"', '"done"', '"done"']);
  await quiet(hearth);
  assert.ok((await environmentsOf(hearth)).every((it) => it.workerId !== busy?.workerId));
});

test("a stop of two workers leaves nothing of either", { skip }, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const hearth = await aHearth({ data, env: { HEARTH_WORKERS: "2" } });
  await hearth.says(/worker \w+ joined/u, 2);
  const invoke = await aSlowFunction(hearth);
  await Promise.all([invoke(500), invoke(500)]);
  assert.ok(existsSync(join(data, "worker-2")));

  assert.equal(await hearth.stop(), 0);
  hearth.lambda.destroy();

  assert.deepEqual(processesOf(data), []);
  assert.ok(!existsSync(join(data, "worker-2", "network-range")));
  assert.ok(!readFileSync("/proc/mounts", "utf8").includes(data));
  rmSync(data, { recursive: true });
});
