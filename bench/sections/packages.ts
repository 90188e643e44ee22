// Large packages: six functions of 41 MB each at once, beside the slowest of six alone and beside their CPU.
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { zipSync } from "fflate";
import { cpuOfHearth, createCpuMeter, type CpuMeter } from "../cpu.ts";
import { node } from "../languages.ts";
import { connectionOf, timeOf } from "../measure.ts";
import { atMost, type Row, row } from "../report/row.ts";
import type { Bench } from "../section.ts";
import { aWorld, type World } from "../world.ts";

const FUNCTIONS = 6;
const MEGABYTE = 1_000_000;
const QUIET_MS = 1_000;
const MICROSECONDS_PER_MILLISECOND = 1_000;

/** What can't be compressed, and a handler; no two alike. */
function aLargeZip(megabytes: number): Uint8Array {
  const data = randomBytes(megabytes * MEGABYTE);
  return zipSync({
    "data.bin": [data, { level: 0 }],
    "index.mjs": [new TextEncoder().encode(node.echo), { level: 0 }],
  });
}

interface Made {
  readonly names: readonly string[];
  readonly activeMs: readonly number[];
}

async function make(world: World, prefix: string, megabytes: number): Promise<Made> {
  const names = Array.from({ length: FUNCTIONS }, (_, index) => `${prefix}${index}`);
  const activeMs: number[] = [];
  for (const name of names) activeMs.push(await world.create(name, { zip: aLargeZip(megabytes) }));
  return { names, activeMs };
}

async function firstInvoke(world: World, name: string): Promise<number> {
  const asked = await world.invoke(name);
  using connection = connectionOf();
  return await timeOf(asked, connection);
}

async function levelsOf(world: World, names: readonly string[]): Promise<readonly number[]> {
  const starts = await Promise.all(names.map((name) => world.feed.starts(name)));
  return starts.flat().map((it) => it.poolLevel);
}

/** Milliseconds until the last of their first invokes has its answer. */
async function allAtOnce(world: World, { names }: Made, meter?: CpuMeter): Promise<number> {
  // The pool is as full as it wants to be; its functions are as new as they can be.
  await world.feed.quiet(QUIET_MS);
  const start = async (): Promise<number> => {
    const startedMs = performance.now();
    await Promise.all(names.map((name) => firstInvoke(world, name)));
    return performance.now() - startedMs;
  };
  return await (meter === undefined ? start() : meter.during(names.length, start));
}

/** What starts take of CPU, one after another and at once. */
type Meters = Readonly<Record<"alone" | "together", CpuMeter>>;

async function round(world: World, of: { index: number; megabytes: number; meters: Meters }) {
  const { index, megabytes, meters } = of;
  const alone = await make(world, `alone${index}-`, megabytes);
  await world.feed.quiet(QUIET_MS);
  const aloneMs: number[] = [];
  for (const name of alone.names) {
    // Each finds a booted runtime, or the yardstick would be worse than what it is held against.
    await world.feed.pooled(2);
    aloneMs.push(await meters.alone.during(1, () => firstInvoke(world, name)));
  }
  const together = await make(world, `together${index}-`, megabytes);
  const togetherMs = await allAtOnce(world, together, meters.together);
  const small = await make(world, `small${index}-`, 0);
  const smallMs = await allAtOnce(world, small);
  const levels = {
    alone: await levelsOf(world, alone.names),
    together: await levelsOf(world, together.names),
    small: await levelsOf(world, small.names),
  };
  for (const name of [...alone.names, ...together.names, ...small.names]) await world.remove(name);
  return {
    slowestAloneMs: Math.max(...aloneMs),
    togetherMs,
    smallMs,
    activeMs: [...alone.activeMs, ...together.activeMs],
    levels,
  };
}

export async function packages(bench: Bench): Promise<readonly Row[]> {
  const megabytes = bench.isQuick ? 10 : 41;
  await using world = await aWorld();
  await world.create("first");
  await firstInvoke(world, "first");
  const meters: Meters = { alone: createCpuMeter(cpuOfHearth(world)), together: createCpuMeter(cpuOfHearth(world)) };
  const rounds = [];
  for (let index = 0; index < (bench.isQuick ? 1 : 4); index++) {
    bench.say(`round ${index + 1}`);
    rounds.push(await round(world, { index, megabytes, meters }));
  }
  const cpuUs = { alone: meters.alone.microseconds(), together: meters.together.microseconds() };
  return [
    row({
      id: "packages.at-once",
      what: `six functions of ${megabytes} MB at once, until the last answers`,
      against: "the slowest of six alone",
      unit: "ms",
      hearth: rounds.map((it) => it.togetherMs),
      yardstick: rounds.map((it) => it.slowestAloneMs),
      target: atMost(1.5, 1.2),
      details: { poolLevels: rounds.map((it) => it.levels), cpuUs },
    }),
    row({
      id: "packages.at-once.floor",
      what: "the same against the CPU that their starts take alone",
      against: "the CPU of six starts alone, divided by the machine's cores",
      unit: "ms",
      hearth: rounds.map((it) => it.togetherMs),
      yardstick: [((cpuUs.alone["all"] ?? 0) * FUNCTIONS) / MICROSECONDS_PER_MILLISECOND / availableParallelism()],
    }),
    row({
      id: "packages.small-at-once",
      what: "the same beside six functions of a few bytes",
      against: "six functions of a few bytes at once",
      unit: "ms",
      hearth: rounds.map((it) => it.togetherMs),
      yardstick: rounds.map((it) => it.smallMs),
    }),
    row({
      id: "packages.active",
      what: `from CreateFunction with ${megabytes} MB until Active`,
      unit: "ms",
      hearth: rounds.flatMap((it) => it.activeMs),
    }),
  ];
}
