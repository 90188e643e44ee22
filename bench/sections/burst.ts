// A burst: a hundred cold starts over twenty functions, until the last answers, beside a hundred bare starts of Node two at a time, and as many sandboxes by runc.
import { spawn } from "node:child_process";
import { once as onceEvent } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CpuMeter, cpuOfHearth, cpuOfOwn, createCpuMeter } from "../cpu.ts";
import { node } from "../languages.ts";
import { connectionOf, once } from "../measure.ts";
import { atMost, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { aWorld, type World } from "../world.ts";
import { waitingAt } from "../feed-reader.ts";
import { bareStart, rootOf } from "../yardsticks/bare-start.ts";

const EACH = 5;
const POOL = 128;
const REST_MS = 1_000;
const FILLED_SHARE = 0.8;

async function bareNode(file: string): Promise<void> {
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await onceEvent(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`node ended with ${String(code)}`);
}

/** Milliseconds for so many starts, two at a time. */
async function twoAtATime(count: number, start: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const startedMs = performance.now();
  await Promise.all(
    [0, 1].map(async () => {
      while (next < count) await start(next++);
    }),
  );
  return performance.now() - startedMs;
}

/** A program that asks the handler; gives its file. */
function bareProgram(directory: string): string {
  writeFileSync(join(directory, "index.mjs"), node.echo);
  const file = join(directory, "program.mjs");
  writeFileSync(file, "import { handler } from './index.mjs';\nconsole.log(JSON.stringify(await handler({})));\n");
  return file;
}

interface Burst {
  readonly tookMs: number;
  readonly levels: Readonly<Record<string, number>>;
}

/** New functions, all asked five times at once; they are removed afterwards. */
async function burstOf(
  world: World,
  of: { functions: number; names: string; ready: () => Promise<void>; meter?: CpuMeter },
): Promise<Burst> {
  const { functions, names, ready, meter } = of;
  const all = Array.from({ length: functions }, (_, index) => `${names}-${index}`);
  for (const name of all) await world.create(name);
  const asked = await Promise.all(all.map((name) => world.invoke(name)));
  await ready();
  const start = async (): Promise<number> => {
    const startedMs = performance.now();
    await Promise.all(
      asked.flatMap((it) =>
        Array.from({ length: EACH }, async () => {
          using connection = connectionOf();
          await once(it, connection);
        }),
      ),
    );
    return performance.now() - startedMs;
  };
  const tookMs = await (meter === undefined ? start() : meter.during(functions * EACH, start));
  const starts = (await Promise.all(all.map((name) => world.feed.starts(name)))).flat();
  const levels: Record<string, number> = { environments: starts.length };
  for (const { poolLevel } of starts) levels[`level${poolLevel}`] = (levels[`level${poolLevel}`] ?? 0) + 1;
  for (const name of all) await world.remove(name);
  await world.feed.quiet(REST_MS);
  return { tookMs, levels };
}

export async function burst(bench: Bench): Promise<readonly Row[]> {
  const functions = bench.isQuick ? 4 : 20;
  const count = functions * EACH;
  const rounds = bench.isQuick ? 1 : 3;
  await using directory = temporaryDirectory();
  await using poolless = await aWorld({ pool: 0 });
  await using pooling = await aWorld({ pool: POOL });
  const calm = (world: World) => (): Promise<void> => world.feed.quiet(REST_MS);
  // What was asked for in one burst is half forgotten in five minutes: all but the last few are waited for.
  const enough = Math.floor(count * FILLED_SHARE);
  const filled = async (): Promise<void> => {
    await pooling.feed.until((events) => waitingAt(events, 2) >= enough, `${enough} booted runtimes in the pool`);
    await pooling.feed.quiet(2 * REST_MS);
  };
  bench.say("a burst that teaches the pool what will be asked for");
  await burstOf(pooling, { functions: functions + functions / 4, names: "taught", ready: calm(pooling) });
  const file = bareProgram(directory.path);
  const rootfs = await rootOf(node);
  const meters = {
    bare: createCpuMeter(cpuOfOwn),
    sandboxes: createCpuMeter(cpuOfOwn),
    off: createCpuMeter(cpuOfHearth(poolless)),
    full: createCpuMeter(cpuOfHearth(pooling)),
  };
  const bare: number[] = [];
  const sandboxes: number[] = [];
  const off: Burst[] = [];
  const full: Burst[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1}: filling the pool`);
    full.push(await burstOf(pooling, { functions, names: `full-${round}`, ready: filled, meter: meters.full }));
    // It fills itself anew: the others are measured when it has.
    await filled();
    bench.say(`round ${round + 1}: bare, and without a pool`);
    bare.push(await meters.bare.during(count, () => twoAtATime(count, () => bareNode(file))));
    const ready = calm(poolless);
    off.push(await burstOf(poolless, { functions, names: `off-${round}`, ready, meter: meters.off }));
    const sandbox = (index: number): Promise<number> =>
      bareStart({ rootfs, directory: directory.path, language: node, id: `burst-${round}-${index}` });
    sandboxes.push(await meters.sandboxes.during(count, () => twoAtATime(count, sandbox)));
  }
  const rowOf = (id: "no-pool" | "filled", words: string, bursts: readonly Burst[], meter: CpuMeter) =>
    row({
      id: `burst.${id}`,
      what: `${count} cold starts over ${functions} functions, ${words}`,
      against: `${count} bare starts of Node, two at a time`,
      unit: "ms",
      hearth: bursts.map((it) => it.tookMs),
      yardstick: bare,
      target: id === "no-pool" ? atMost(0.9) : atMost(0.9, 0.5),
      details: {
        environmentsPerSecond: bursts.map((it) => Math.round((count / it.tookMs) * 10_000) / 10),
        levels: bursts.map((it) => it.levels),
        cpuUs: { hearth: meter.microseconds(), bare: meters.bare.microseconds() },
      },
    });
  return [
    rowOf("no-pool", "no pool", off, meters.off),
    row({
      id: "burst.no-pool.floor",
      what: "the same against as many sandboxes",
      against: `${count} times runc run of the same Node and handler, two at a time`,
      unit: "ms",
      hearth: off.map((it) => it.tookMs),
      yardstick: sandboxes,
      details: { cpuUs: { sandboxes: meters.sandboxes.microseconds() } },
    }),
    rowOf("filled", "a filled pool", full, meters.full),
  ];
}
