// Hearth beside its yardsticks, in one run on one machine: results are ratios, as a table and as JSON.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { createRootFilesystems } from "../src/worker/rootfs/rootfs.ts";
import { active, aHearth, aZip, role, sharedRuntimes } from "../tests/a-hearth.ts";
import { bareStart } from "./bare-start.ts";
import { keysHandler, keysOf, signedHeaders } from "./signed.ts";
import { load, once, percentile, type Target } from "./measure.ts";

const WARM = 6_000;
/** Short turns, so that a noisy moment meets both sides. */
const ROUNDS = 30;
const PARALLEL = 8_000;
const COLD = 15;
const handler = "export const handler = async (event) => event;";
const body = Buffer.from(JSON.stringify({ text: "x".repeat(1_000) }));

async function aPair(): Promise<{ port: number; processes: ChildProcess[] }> {
  const processes: ChildProcess[] = [];
  const start = (...args: string[]): Promise<number> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [fileURLToPath(new URL("./pair.ts", import.meta.url)), ...args], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      processes.push(child);
      child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())));
    });
  const echo = await start("echo");
  return { port: await start("proxy", String(echo)), processes };
}

await using hearth = await aHearth();
const port = Number(new URL(hearth.endpoint).port);
async function create(name: string, code: string): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 1769,
      Code: { ZipFile: aZip({ "index.mjs": code }) },
    }),
  );
  await active(hearth.lambda, name);
}
await create("keys", keysHandler);
const keys = await keysOf(hearth.lambda, "keys");
async function aFunction(name: string): Promise<Target> {
  await create(name, handler);
  const path = `/2015-03-31/functions/${name}/invocations`;
  return { port, path, headers: await signedHeaders(keys, { port, path, body }), body };
}

const pair = await aPair();
const bare: Target = { port: pair.port, path: "/", headers: () => ({}), body };
const warm = await aFunction("warm");

// Each is warmed up, then they take turns, so that a noisy moment meets both.
for (const target of [bare, warm]) await load(target, { clients: 16, count: 2_000 });
const times: Record<"pair" | "hearth", number[]> = { pair: [], hearth: [] };
for (let round = 0; round < ROUNDS; round++) {
  times.pair.push(...(await load(bare, { clients: 1, count: WARM / ROUNDS })).times);
  times.hearth.push(...(await load(warm, { clients: 1, count: WARM / ROUNDS })).times);
}
const throughput = {
  pair: (await load(bare, { clients: 16, count: PARALLEL })).perSecond,
  hearth: (await load(warm, { clients: 16, count: PARALLEL })).perSecond,
};

const agent = new Agent();
const prepared = await createRootFilesystems({
  directory: sharedRuntimes,
  baseImages: undefined,
  nearestRuntime: false,
}).prepare("nodejs26.x");
if (!prepared.ready) throw new Error(prepared.reason);
const { rootfs } = prepared;
const cold: Record<"bare" | "hearth", number[]> = { bare: [], hearth: [] };
for (let round = 0; round < COLD; round++) {
  cold.bare.push(
    await bareStart({ rootfs, directory: join(hearth.data, "bench"), code: handler, id: `bench-${round}` }),
  );
  const target = await aFunction(`cold${round}`);
  const startedMs = performance.now();
  await once(target, agent);
  cold.hearth.push(performance.now() - startedMs);
}
agent.destroy();
for (const child of pair.processes) child.kill();

const p = (all: readonly number[], share: number): number => Number(percentile(all, share).toFixed(3));
const row = (what: string, ours: number, theirs: number, unit: string) => ({
  what,
  hearth: Number(ours.toFixed(3)),
  yardstick: Number(theirs.toFixed(3)),
  unit,
  ratio: Number((ours / theirs).toFixed(2)),
});
const results = [
  row("warm invoke p50, one client, 1 KB, against proxy + echo", p(times.hearth, 0.5), p(times.pair, 0.5), "ms"),
  row("warm invoke p99, one client, 1 KB, against proxy + echo", p(times.hearth, 0.99), p(times.pair, 0.99), "ms"),
  row("warm throughput, 16 clients, against proxy + echo", throughput.hearth, throughput.pair, "1/s"),
  row(
    "cold start without a pool, p50, against runc run of node + handler",
    p(cold.hearth, 0.5),
    p(cold.bare, 0.5),
    "ms",
  ),
];
const machine = {
  cpu: cpus()[0]?.model,
  cpus: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.versions.node,
};
process.stdout.write(
  `${results.map((it) => `${it.what}: ${it.hearth} / ${it.yardstick} ${it.unit} = ${it.ratio}×`).join("\n")}\n`,
);
const directory = fileURLToPath(new URL("./results/", import.meta.url));
mkdirSync(directory, { recursive: true });
writeFileSync(
  join(directory, "latest.json"),
  `${JSON.stringify({ at: new Date().toISOString(), machine, results }, undefined, 2)}\n`,
);
