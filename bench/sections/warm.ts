// Warm invokes, beside a proxy and an echo server: latency with one client, throughput with sixteen, and the first invoke of provisioned environments.
import {
  GetProvisionedConcurrencyConfigCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { type Asked, connectionOf, inTurns, load, timeOf } from "../measure.ts";
import { atLeast, atMost, type Row, row } from "../report/row.ts";
import { type Bench, rest } from "../section.ts";
import { aWorld, payload, type World } from "../world.ts";
import { aPair } from "../yardsticks/pair.ts";

const CLIENTS = 16;
const KILOBYTE = 1_000;
const PAIR = "a bare proxy before a bare echo server";
const READY_TIMEOUT_MS = 30_000;
const PAUSE_MS = 100;

async function latency(bench: Bench, pair: Asked, hearth: Asked): Promise<readonly Row[]> {
  bench.say("one client");
  const rounds = bench.isQuick ? 8 : 30;
  const [theirs = [], ours = []] = await inTurns([pair, hearth], { rounds, count: 200 });
  const both = { against: PAIR, unit: "ms", hearth: ours, yardstick: theirs };
  return [
    row({ ...both, id: "warm.p50", what: "warm invoke, one client, 1 KB, p50", target: atMost(2, 1.5) }),
    row({ ...both, id: "warm.p99", what: "warm invoke, one client, 1 KB, p99", by: "p99", target: atMost(4, 2) }),
  ];
}

async function throughput(bench: Bench, pair: Asked, hearth: Asked, world: World): Promise<readonly Row[]> {
  bench.say(`${CLIENTS} clients`);
  await using many = await aPair({ servers: CLIENTS });
  const floor: Asked = { ...pair, port: many.port };
  // Each of sixteen environments, and of sixteen servers, has to have run its code often enough for it to be compiled.
  for (const side of [hearth, floor]) await load(side, { clients: CLIENTS, count: bench.isQuick ? 4_000 : 16_000 });
  const perSecond: Record<"pair" | "floor" | "hearth", number[]> = { pair: [], floor: [], hearth: [] };
  for (let round = 0; round < (bench.isQuick ? 3 : 10); round++) {
    perSecond.pair.push((await load(pair, { clients: CLIENTS, count: 2_000 })).perSecond);
    perSecond.hearth.push((await load(hearth, { clients: CLIENTS, count: 1_000 })).perSecond);
    perSecond.floor.push((await load(floor, { clients: CLIENTS, count: 2_000 })).perSecond);
  }
  return [
    row({
      id: "warm.throughput.floor",
      what: `the same, one environment a client, against as many servers`,
      against: `a bare proxy before ${CLIENTS} bare echo servers`,
      unit: "1/s",
      hearth: perSecond.hearth,
      yardstick: perSecond.floor,
    }),
    row({
      id: "warm.throughput",
      what: `warm invokes a second, ${CLIENTS} clients`,
      against: PAIR,
      unit: "1/s",
      hearth: perSecond.hearth,
      yardstick: perSecond.pair,
      target: atLeast(0.5, 0.8),
      details: { environments: (await world.feed.starts("warm")).length },
    }),
  ];
}

/** Whether a function's version has its provisioned environment within the deadline; else what it had instead. */
async function provision(world: World, name: string): Promise<{ isReady: boolean; status: string; qualifier: string }> {
  const { lambda } = world.hearth;
  await world.create(name);
  const { Version: qualifier = "1" } = await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  const of = { FunctionName: name, Qualifier: qualifier };
  await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...of, ProvisionedConcurrentExecutions: 1 }));
  const startedMs = performance.now();
  let status = "unknown";
  while (performance.now() - startedMs < READY_TIMEOUT_MS) {
    const config = await lambda.send(new GetProvisionedConcurrencyConfigCommand(of));
    status = config.Status ?? status;
    if (status === "READY" && config.AvailableProvisionedConcurrentExecutions === 1)
      return { isReady: true, status, qualifier };
    await rest(PAUSE_MS);
  }
  return { isReady: false, status, qualifier };
}

async function provisioned(bench: Bench, world: World): Promise<readonly Row[]> {
  const id = "warm.provisioned";
  const what = "first invoke of a provisioned environment, p50";
  const first: number[] = [];
  const later: number[] = [];
  using connection = connectionOf();
  for (let index = 0; index < (bench.isQuick ? 4 : 12); index++) {
    const name = `provisioned${index}`;
    bench.say(name);
    const { isReady, status, qualifier } = await provision(world, name);
    if (!isReady)
      return [{ id, what, notAvailable: `provisioned concurrency was ${status} after ${READY_TIMEOUT_MS / 1000} s` }];
    const asked = await world.invoke(`${name}:${qualifier}`, payload(KILOBYTE));
    await world.feed.quiet(PAUSE_MS * 5);
    first.push(await timeOf(asked, connection));
    // As long idle, so that they thaw alike.
    for (let more = 0; more < 4; more++) {
      await rest(PAUSE_MS);
      later.push(await timeOf(asked, connection));
    }
  }
  const against = "the next invokes of the same environment, as long idle";
  const target = atMost(1.2, 1.05);
  return [row({ id, what, against, unit: "ms", hearth: first, yardstick: later, target })];
}

export async function warm(bench: Bench): Promise<readonly Row[]> {
  await using pair = await aPair();
  await using world = await aWorld();
  await world.create("warm");
  const body = payload(KILOBYTE);
  const bare: Asked = { port: pair.port, path: "/", headers: () => ({}), body };
  const hearth = await world.invoke("warm", body);
  for (const side of [bare, hearth]) await load(side, { clients: CLIENTS, count: 2_000 });
  await world.feed.quiet(1_000);
  return [
    ...(await latency(bench, bare, hearth)),
    ...(await throughput(bench, bare, hearth, world)),
    ...(await provisioned(bench, world)),
  ];
}
