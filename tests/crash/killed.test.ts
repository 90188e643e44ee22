// Processes killed without warning: service resumes by itself, and after the next stop nothing is left on the machine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { leftovers, pidOf, rangeOf } from "./leftovers.ts";

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

test("an invocation under way when its worker is killed ends in an error, and the next one is served", {
  skip,
}, async () => {
  await using hearth = await aHearth();
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "long",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 512,
      Timeout: 60,
      Code: {
        ZipFile: aZip({
          "index.mjs": "export const handler = (event) => new Promise((r) => setTimeout(() => r('done'), event.ms));",
        }),
      },
    }),
  );
  await active(hearth.lambda, "long");
  const invoke = (ms: number) =>
    hearth.lambda.send(new InvokeCommand({ FunctionName: "long", Payload: JSON.stringify({ ms }) }));
  await invoke(0);

  const underway = invoke(50_000).then(
    () => "answered",
    (error: unknown) => (error instanceof Error ? error.name : "?"),
  );
  for (;;) {
    const health = (await (await fetch(`${hearth.endpoint}/_hearth/health`)).json()) as {
      environments: { isIdle: boolean }[];
    };
    if (health.environments.some((it) => !it.isIdle)) break;
  }
  process.kill(pidOf(hearth.data, "worker"), "SIGKILL");

  assert.equal(await underway, "ServiceException");
  await hearth.says(/worker \w+ joined/u, 2);
  assert.equal(Buffer.from((await invoke(0)).Payload ?? []).toString(), '"done"');
});

test("after everything is killed, the next start keeps the functions and the next stop leaves nothing", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const first = await aHearth({ data });
  await aCounter(first);
  await count(first);
  const range = rangeOf(data);
  first.supervisor.kill("SIGKILL");
  process.kill(pidOf(data, "services"), "SIGKILL");
  process.kill(pidOf(data, "worker"), "SIGKILL");
  first.lambda.destroy();

  const second = await aHearth({ data });
  assert.equal(await count(second), 1);
  const secondRange = rangeOf(data);
  assert.equal(await second.stop(), 0);
  second.lambda.destroy();

  assert.deepEqual([...(await leftovers(data, range)), ...(await leftovers(data, secondRange))], []);
  rmSync(data, { recursive: true });
});

test("a stop right after the worker was killed, before it is started again, leaves nothing", { skip }, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const hearth = await aHearth({ data });
  await aCounter(hearth);
  await count(hearth);
  const range = rangeOf(data);

  process.kill(pidOf(data, "worker"), "SIGKILL");
  assert.equal(await hearth.stop(), 0);
  hearth.lambda.destroy();

  assert.deepEqual(await leftovers(data, range), []);
  rmSync(data, { recursive: true });
});

test("a stop leaves nothing", { skip }, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const hearth = await aHearth({ data });
  await aCounter(hearth);
  await count(hearth);
  const range = rangeOf(data);

  assert.equal(await hearth.stop(), 0);
  hearth.lambda.destroy();

  assert.deepEqual(await leftovers(data, range), []);
  rmSync(data, { recursive: true });
});

test("a stop forgets its range of addresses, which another Hearth may take before the next start", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const first = await aHearth({ data });
  const range = rangeOf(data);
  assert.equal(await first.stop(), 0);
  first.lambda.destroy();

  assert.throws(() => rangeOf(data), /ENOENT/u, `range ${range} is forgotten`);
  rmSync(data, { recursive: true });
});
