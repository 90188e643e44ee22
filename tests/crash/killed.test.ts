// Processes killed without warning: service resumes by itself, and after the next stop nothing is left on the machine.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, processesOf, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const skip = (await whyNoSandboxes()) ?? false;
const counter = "let calls = 0; export const handler = async () => ++calls;";

async function aCounter(hearth: RunningHearth): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "counter",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 512,
      Code: { ZipFile: aZip({ "index.mjs": counter }) },
    }),
  );
  await active(hearth.lambda, "counter");
}

async function count(hearth: RunningHearth): Promise<number> {
  const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName: "counter" }));
  return Number(Buffer.from(Payload ?? []).toString());
}

function pidOf(data: string, program: string): number {
  const found = processesOf(data).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${program}.ts`));
  assert.ok(found !== undefined, `${program} runs`);
  return Number(found);
}

/** What a Hearth with this data directory could have left on the machine. */
async function leftovers(data: string, range: string): Promise<string[]> {
  const name = `hearth-${createHash("sha256").update(data).digest("hex").slice(0, 8)}`;
  const { stdout: tables } = await promisify(execFile)("nft", ["list", "tables"]);
  return [
    ...processesOf(data).map((pid) => `process ${pid}`),
    ...["", "memory", "freezer", "pids"]
      .filter((it) => existsSync(join("/sys/fs/cgroup", it, name)))
      .map((it) => `cgroup ${it}`),
    ...readdirSync("/sys/class/net").filter((it) => it.startsWith(`hth${range}-`)),
    ...(tables.includes(`hearth_${range}\n`) ? ["nftables rules"] : []),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(data)),
  ];
}

test("services killed and restarted find the idle environment still warm", { skip }, async () => {
  await using hearth = await aHearth();
  await aCounter(hearth);
  assert.equal(await count(hearth), 1);

  process.kill(pidOf(hearth.data, "services"), "SIGKILL");
  await hearth.says(/worker \w+ joined/u, 2);

  assert.equal(await count(hearth), 2);
});

test("a worker killed is started again and serves with a fresh environment", { skip }, async () => {
  await using hearth = await aHearth();
  await aCounter(hearth);
  assert.equal(await count(hearth), 1);

  process.kill(pidOf(hearth.data, "worker"), "SIGKILL");
  await hearth.says(/worker \w+ joined/u, 2);

  assert.equal(await count(hearth), 1);
});

test("after everything is killed, the next start keeps the functions and the next stop leaves nothing", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const first = await aHearth({ data });
  await aCounter(first);
  await count(first);
  const range = readFileSync(join(data, "worker/network-range"), "utf8");
  first.supervisor.kill("SIGKILL");
  process.kill(pidOf(data, "services"), "SIGKILL");
  process.kill(pidOf(data, "worker"), "SIGKILL");
  first.lambda.destroy();

  const second = await aHearth({ data });
  assert.equal(await count(second), 1);
  const secondRange = readFileSync(join(data, "worker/network-range"), "utf8");
  assert.equal(await second.stop(), 0);
  second.lambda.destroy();

  assert.deepEqual([...(await leftovers(data, range)), ...(await leftovers(data, secondRange))], []);
  rmSync(data, { recursive: true });
});

test("a stop leaves nothing", { skip }, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const hearth = await aHearth({ data });
  await aCounter(hearth);
  await count(hearth);
  const range = readFileSync(join(data, "worker/network-range"), "utf8");

  assert.equal(await hearth.stop(), 0);
  hearth.lambda.destroy();

  assert.deepEqual(await leftovers(data, range), []);
  rmSync(data, { recursive: true });
});
