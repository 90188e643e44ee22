// A mixed load over two workers while functions change and processes are killed: no invocation is answered wrongly, run
// twice or left without an end, and nothing grows. HEARTH_SOAK_SECONDS makes it longer, HEARTH_SOAK_SEED repeats a run.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  type Runtime,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aHearth, aZip, processesOf, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { aFunction, eventually, healthOf, quiet } from "../data-plane/functions.ts";
import { type Holdings, holdingsOf, leftovers, ownPids, pidOf, rangesOf } from "./leftovers.ts";

const skip = (await whyNoSandboxes()) ?? false;
const SECONDS = Number(process.env["HEARTH_SOAK_SECONDS"] ?? "40");
const CALLERS = 5;
const POOLED = 4;

const node = `export const handler = async ({ id, mode }) => {
  console.log("ran " + id);
  if (mode === "error") throw new Error(id);
  if (mode === "exit") process.exit(1);
  if (mode === "flood") for (let line = 0; line < 2000; line++) console.log("flood ".repeat(20));
  if (mode === "timeout") await new Promise(() => setInterval(() => undefined, 1000));
  return { id };
};`;
const python = `def handler(event, context):
    print("ran " + event["id"])
    if event["mode"] == "error":
        raise ValueError(event["id"])
    return {"id": event["id"]}
`;
const bootstrap = `#!/bin/sh
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next")
  id=$(grep -Fi lambda-runtime-aws-request-id "$headers" | tr -d '[:space:]' | cut -d: -f2)
  echo "ran $event"
  curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d "$event" > /dev/null
  rm "$headers"
done
`;
/** What a caller may see while processes are killed, by name or code. */
const BROKEN = /^(?:ServiceException|TimeoutError|ECONNREFUSED|ECONNRESET|EPIPE)$/u;
/** What a change may meet that another has begun. */
const BESIDE = /^(?:ResourceConflictException|ProvisionedConcurrencyConfigNotFoundException)$/u;

/** Numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Soak {
  readonly hearth: RunningHearth;
  readonly functions: readonly string[];
  readonly answered: Set<string>;
  readonly wrong: string[];
  readonly outcomes: Map<string, number>;
  readonly versions: string[];
}

function nameOf(error: unknown): string {
  const { name, code } = error as { name: string; code?: string };
  return code ?? name;
}

function chosen<T>(random: () => number, from: readonly T[]): T {
  const it = from[Math.floor(random() * from.length)];
  assert.ok(it !== undefined);
  return it;
}

async function call(soak: Soak, random: () => number, id: string): Promise<void> {
  const name = chosen(random, soak.functions);
  const mode = chosen(random, ["ok", "ok", "ok", "ok", "ok", "error", "exit", "flood", "timeout"]);
  const qualifier = name === "node" && random() < 0.5 ? { Qualifier: "live" } : {};
  const Payload = JSON.stringify({ id, mode });
  const count = (outcome: string): void => void soak.outcomes.set(outcome, (soak.outcomes.get(outcome) ?? 0) + 1);
  try {
    const it = await soak.hearth.lambda.send(new InvokeCommand({ FunctionName: name, ...qualifier, Payload }));
    const text = Buffer.from(it.Payload ?? []).toString();
    const isFailure = it.FunctionError !== undefined;
    const mayFail =
      name === "node" ? ["error", "exit", "timeout"].includes(mode) : name === "python" && mode === "error";
    const isRight = isFailure ? mayFail : (JSON.parse(text) as { id: string }).id === id && !mayFail;
    if (!isRight) soak.wrong.push(`${name} ${mode} ${id}: ${text}`);
    if (!isFailure) soak.answered.add(id);
    count(isFailure ? mode : "ok");
  } catch (error) {
    if (!BROKEN.test(nameOf(error))) soak.wrong.push(`${name} ${mode} ${id}: ${nameOf(error)} ${String(error)}`);
    count(nameOf(error));
  }
}

async function change(soak: Soak, random: () => number, serial: string): Promise<void> {
  const { lambda } = soak.hearth;
  const alias = { FunctionName: "node", Qualifier: "live" };
  try {
    const step = random();
    if (step < 0.3) {
      const ZipFile = aZip({ "index.mjs": `${node}\n// ${serial}` });
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "node", ZipFile }));
    } else if (step < 0.5) {
      const { Version = "1" } = await lambda.send(new PublishVersionCommand({ FunctionName: "node" }));
      // An alias of a version that is still Pending is refused, as on AWS, and so is one that a kill has left Failed.
      const isActive = await active(lambda, `node:${Version}`).then(
        () => true,
        () => false,
      );
      if (isActive) soak.versions.push(Version);
    } else if (step < 0.75) {
      const FunctionVersion = chosen(random, soak.versions);
      await lambda.send(new UpdateAliasCommand({ FunctionName: "node", Name: "live", FunctionVersion }));
    } else if (step < 0.95) {
      const ProvisionedConcurrentExecutions = 1 + Math.floor(random() * 3);
      await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions }));
    } else await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(alias));
  } catch (error) {
    const name = nameOf(error);
    if (!BROKEN.test(name) && !BESIDE.test(name)) soak.wrong.push(`change ${serial}: ${name} ${String(error)}`);
  }
}

/** Both workers are there, whatever has been killed. */
const whole = (hearth: RunningHearth) =>
  eventually(hearth, "two workers", async () => {
    const { workers } = await healthOf(hearth);
    return workers.length === 2 && workers.every((it) => it.isOpen) ? true : undefined;
  });

/** Calls and changes until the time is over; `kills` are spread over it, from the first third on. */
async function load(soak: Soak, seed: number, forMs: number, kills: readonly (() => void)[]): Promise<void> {
  const startMs = performance.now();
  const isOver = (): boolean => performance.now() - startMs > forMs;
  const due = [...kills];
  const caller = async (index: number): Promise<void> => {
    const random = seeded(seed + index);
    for (let serial = 0; !isOver(); serial++) {
      const id = `${seed}-${index}-${serial}`;
      if (index === 0 && random() < 0.3) await change(soak, random, id);
      else await call(soak, random, id);
      const share = (performance.now() - startMs) / forMs;
      if (index === 0 && share > (kills.length - due.length + 1) / (kills.length + 2)) due.shift()?.();
      if (soak.outcomes.has("ECONNREFUSED")) await whole(soak.hearth);
      soak.outcomes.delete("ECONNREFUSED");
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)));
}

/** Ends every environment, and says what is held then. */
async function atRest({ hearth, functions }: Soak, serial: string): Promise<Holdings> {
  await whole(hearth);
  const alias = { FunctionName: "node", Qualifier: "live" };
  await hearth.lambda.send(new DeleteProvisionedConcurrencyConfigCommand(alias)).catch(() => undefined);
  for (const FunctionName of functions) {
    await updated(hearth.lambda, FunctionName);
    const [file, content] =
      FunctionName === "node"
        ? ["index.mjs", node]
        : FunctionName === "python"
          ? ["index.py", python]
          : ["bootstrap", bootstrap];
    const ZipFile = aZip({
      [file ?? ""]: `${content}\n# ${serial}`.replace("# ", file === "index.mjs" ? "// " : "# "),
    });
    await hearth.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    await updated(hearth.lambda, FunctionName);
    const { StatusCode } = await hearth.lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify({ id: `${serial} ${FunctionName}`, mode: "ok" }) }),
    );
    assert.equal(StatusCode, 200);
  }
  await quiet(hearth);
  return await holdingsOf(hearth.data);
}

/** Ids that a function's log says it ran more than once. */
async function ranTwice(hearth: RunningHearth, functions: readonly string[]): Promise<readonly string[]> {
  const credentials = { accessKeyId: "111122223333", secretAccessKey: "any" };
  const logs = new CloudWatchLogsClient({ endpoint: hearth.endpoint, region: "us-east-1", credentials });
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const name of functions) {
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, filterPattern: "ran", nextToken }),
      );
      for (const { message = "" } of page.events ?? []) {
        const [id] = /\d+-\d+-\d+/u.exec(message.replace(/.*ran /u, "")) ?? [];
        if (id === undefined) continue;
        if (seen.has(id)) twice.push(id);
        seen.add(id);
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  logs.destroy();
  assert.ok(seen.size > 20, "the logs were read");
  return twice;
}

async function created(hearth: RunningHearth): Promise<readonly string[]> {
  const minor = ["14", "13", "12", "11", "10", "9"];
  const found = await Promise.all(minor.map((it) => findPython(`3.${it}`)));
  const version = minor.find((_, index) => found[index] !== undefined);
  await aFunction(hearth, "node", { "index.mjs": node }, { Timeout: 1, MemorySize: 512 });
  await aFunction(hearth, "shell", { bootstrap }, { Runtime: "provided.al2023", Timeout: 20 });
  if (version === undefined) return ["node", "shell"];
  const settings = { Runtime: `python3.${version}` as Runtime, Timeout: 20, MemorySize: 512 };
  await aFunction(hearth, "python", { "index.py": python }, settings);
  return ["node", "shell", "python"];
}

/** `after` holds no more than `before`, but for what pools and the allocator may have at one time and not at another. */
function assertNoGrowth(before: Holdings, after: Holdings): void {
  const said = `${JSON.stringify(before)} then ${JSON.stringify(after)}`;
  const pooled = 2 * POOLED;
  assert.ok(after.cgroups <= before.cgroups + pooled && after.links <= before.links + pooled, said);
  assert.ok(after.mounts <= before.mounts + 8 * pooled && after.rules <= before.rules + 1_000 * pooled, said);
  assert.ok(after.descriptors <= before.descriptors + 16 * pooled, said);
  assert.ok(after.loopDevices <= before.loopDevices && after.namespaces <= before.namespaces, said);
  assert.ok(after.memoryMiB <= before.memoryMiB * 1.3 + 60, said);
}

test("under mixed load, changes and kills nothing is answered wrongly, run twice or leaked", {
  skip,
}, async (context) => {
  const seed = Number(process.env["HEARTH_SOAK_SEED"] ?? randomInt(1_000_000));
  context.diagnostic(`HEARTH_SOAK_SEED=${seed}`);
  const random = seeded(seed);
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  await using hearth = await aHearth({ data, env: { HEARTH_WORKERS: "2", HEARTH_POOL: String(POOLED) } });
  await hearth.says(/worker \w+ joined/u, 2);
  const functions = await created(hearth);
  await hearth.lambda.send(new PublishVersionCommand({ FunctionName: "node" }));
  await active(hearth.lambda, "node:1");
  await hearth.lambda.send(new CreateAliasCommand({ FunctionName: "node", Name: "live", FunctionVersion: "1" }));
  const outcomes = new Map<string, number>();
  const soak: Soak = { hearth, functions, answered: new Set(), wrong: [], outcomes, versions: ["1"] };
  const ranges = new Set(rangesOf(data));
  const killWorker = (): void => {
    for (const it of rangesOf(data)) ranges.add(it);
    const services = String(pidOf(data, "services"));
    const workers = ownPids(data).filter((it) => it !== services);
    if (workers.length === 2) process.kill(Number(chosen(random, workers)), "SIGKILL");
  };
  const killServices = (): void => void process.kill(pidOf(data, "services"), "SIGKILL");

  const halfMs = (SECONDS * 1_000) / 2;
  await load(soak, seed, halfMs, [killWorker, killServices]);
  const middle = await atRest(soak, `${seed} middle`);
  await load(soak, seed + 1_000, halfMs, [killWorker, killWorker]);
  const end = await atRest(soak, `${seed} end`);

  const said = `seed ${seed}: ${JSON.stringify([...soak.outcomes])}\n`;
  context.diagnostic(`${said}${JSON.stringify(end)}`);
  assert.deepEqual(soak.wrong, [], said);
  assert.ok(soak.answered.size > 20, said);
  assertNoGrowth(middle, end);
  assert.deepEqual(await ranTwice(hearth, functions), [], said);
  for (const it of rangesOf(data)) ranges.add(it);
  assert.equal(await hearth.stop(), 0);
  hearth.lambda.destroy();
  assert.deepEqual(processesOf(data), []);
  for (const range of ranges) assert.deepEqual(await leftovers(data, range), []);
  rmSync(data, { recursive: true });
});
