// Two workers on one machine: both serve, one killed under load takes only its own invocations along.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, processesOf, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { busyEnvironments, environmentsOf } from "./environments.ts";

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
