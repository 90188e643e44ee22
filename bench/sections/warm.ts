// Warm invokes, beside a proxy and an echo server and beside their own bare hops: latency with one client, throughput with sixteen, and the first invoke of provisioned environments.
import {
  GetProvisionedConcurrencyConfigCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
} from "@aws-sdk/client-lambda";
import { cpuOfBare, cpuOfHearth, createCpuMeter, type ReadCpu } from "../cpu.ts";
import { type Asked, connectionOf, inNamedTurns, load, timeOf } from "../measure.ts";
import { atLeast, atMost, type Row, row } from "../report/row.ts";
import { type Bench, rest } from "../section.ts";
import { aWorld, payload, type World } from "../world.ts";
import type { BareServer } from "../yardsticks/bare-server.ts";
import { aChain } from "../yardsticks/chain.ts";
import { aPair } from "../yardsticks/pair.ts";
import { piecesMs, warmPieces } from "../yardsticks/warm-pieces.ts";

const CLIENTS = 16;
const KILOBYTE = 1_000;
const PAIR = "a bare proxy before a bare echo server";
const READY_TIMEOUT_MS = 30_000;
const PAUSE_MS = 100;

/** One that is asked, and the CPU that its parts have. */
interface Side {
  readonly asked: Asked;
  readonly cpu: ReadCpu;
}

const bareSide = (server: BareServer, body: Buffer): Side => ({
  asked: { port: server.port, path: "/", headers: () => ({}), body },
  cpu: cpuOfBare(server),
});

async function latency(bench: Bench, world: World, hearth: Side): Promise<readonly Row[]> {
  bench.say("one client");
  await using pieces = await warmPieces(world, "warm", hearth.asked.body);
  const sides = { hearth: hearth.asked, ...pieces.asked };
  for (const side of Object.values(sides)) await load(side, { clients: CLIENTS, count: 2_000 });
  await world.feed.quiet(1_000);
  const meters = { hearth: createCpuMeter(hearth.cpu), chain: createCpuMeter(pieces.cpuOfChain) };
  const times = await inNamedTurns(sides, { rounds: bench.isQuick ? 8 : 30, count: 200, meters });
  const both = { against: PAIR, unit: "ms", hearth: times.hearth, yardstick: times.pair };
  const cpuUs = { hearth: meters.hearth.microseconds(), chain: meters.chain.microseconds() };
  return [
    row({ ...both, id: "warm.p50", what: "warm invoke, one client, 1 KB, p50", target: atMost(2, 1.5) }),
    row({ ...both, id: "warm.p99", what: "warm invoke, one client, 1 KB, p99", by: "p99", target: atMost(4, 2) }),
    row({
      ...both,
      id: "warm.floor",
      what: "the same, p50, against the bare hops of an invoke",
      against: "a bare chain of processes as an invoke goes through",
      yardstick: times.chain,
      details: { piecesMs: piecesMs(times), cpuUs },
    }),
  ];
}

async function throughput(bench: Bench, world: World, hearth: Side): Promise<readonly Row[]> {
  bench.say(`${CLIENTS} clients`);
  const { body } = hearth.asked;
  await using pair = await aPair();
  await using many = await aPair({ servers: CLIENTS });
  await using chain = await aChain({ runtimes: CLIENTS });
  const sides = { pair: bareSide(pair, body), hearth, floor: bareSide(many, body), chain: bareSide(chain, body) };
  // Each of sixteen environments, servers and runtimes has to have run its code often enough for it to be compiled.
  for (const { asked } of Object.values(sides))
    await load(asked, { clients: CLIENTS, count: bench.isQuick ? 4_000 : 16_000 });
  const perSecond = { pair: [] as number[], hearth: [] as number[], floor: [] as number[], chain: [] as number[] };
  const names = ["pair", "hearth", "floor", "chain"] as const;
  const meters = names.map((name) => ({ name, meter: createCpuMeter(sides[name].cpu) }));
  for (let round = 0; round < (bench.isQuick ? 3 : 10); round++) {
    for (const { name, meter } of meters) {
      const count = name === "hearth" ? 1_000 : 2_000;
      const turn = (): ReturnType<typeof load> => load(sides[name].asked, { clients: CLIENTS, count });
      perSecond[name].push((await meter.during(count, turn)).perSecond);
    }
  }
  const environments = (await world.feed.starts("warm")).length;
  const cpuUs = Object.fromEntries(meters.map(({ name, meter }) => [name, meter.microseconds()]));
  const common = { unit: "1/s", hearth: perSecond.hearth };
  return [
    row({
      ...common,
      id: "warm.throughput.floor",
      what: `the same, one environment a client, against as many servers`,
      against: `a bare proxy before ${CLIENTS} bare echo servers`,
      yardstick: perSecond.floor,
    }),
    row({
      ...common,
      id: "warm.throughput.chain",
      what: "the same against the bare hops of an invoke",
      against: `a bare chain of processes as an invoke goes through, with ${CLIENTS} bare runtimes`,
      yardstick: perSecond.chain,
    }),
    row({
      ...common,
      id: "warm.throughput",
      what: `warm invokes a second, ${CLIENTS} clients`,
      against: PAIR,
      yardstick: perSecond.pair,
      target: atLeast(0.5, 0.8),
      details: { environments, cpuUs },
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
  await using world = await aWorld();
  await world.create("warm");
  const hearth: Side = { asked: await world.invoke("warm", payload(KILOBYTE)), cpu: cpuOfHearth(world) };
  return [
    ...(await latency(bench, world, hearth)),
    ...(await throughput(bench, world, hearth)),
    ...(await provisioned(bench, world)),
  ];
}
