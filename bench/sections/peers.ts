// Hearth beside other programs that run Lambda functions on one's own machine: the same handler, at its first invoke and warm, and warm beside what an invoke is made of.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Asked, connectionOf, inNamedTurns, load, timeOf } from "../measure.ts";
import { lambdaLocal } from "../peers/lambda-local.ts";
import { ministack } from "../peers/ministack.ts";
import { moto } from "../peers/not-to-be-had.ts";
import type { Peer, RunningPeer } from "../peers/peer.ts";
import { runtimeInterfaceEmulator } from "../peers/runtime-interface-emulator.ts";
import { serverlessOffline } from "../peers/serverless-offline.ts";
import { atMost, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { aWorld, payload, type World } from "../world.ts";
import { piecesMs, type WarmPieces, warmPieces } from "../yardsticks/warm-pieces.ts";

const all: readonly Peer[] = [serverlessOffline, lambdaLocal, ministack, runtimeInterfaceEmulator, moto];
const COLD = { quick: 3, whole: 8 };
const QUIET_MS = 500;
const WARM_UP = { count: 2_000, each: 50, ms: 5_000 };

/** Until its code is compiled, or so long: some answer twenty times a second. */
async function warmUp(asked: Asked): Promise<void> {
  const startedMs = performance.now();
  for (let count = 0; count < WARM_UP.count && performance.now() - startedMs < WARM_UP.ms; count += WARM_UP.each)
    await load(asked, { clients: 1, count: WARM_UP.each });
}

async function firstInvoke(asked: Asked): Promise<number> {
  using connection = connectionOf();
  return await timeOf(asked, connection);
}

/** A new function's first invoke, as Hearth runs by default: with a pool. */
async function freshOfOurs(world: World, name: string): Promise<Asked> {
  await world.create(name);
  const asked = await world.invoke(name, payload(1_000));
  await world.feed.pooled(2);
  return asked;
}

/** A peer that runs, and a Hearth with a function that is warm. */
interface Pair {
  readonly peer: Peer;
  readonly running: RunningPeer;
  readonly world: World;
}

/** First invokes of new functions, in turns; and the peer's last one, which is warm now. */
async function coldRow(bench: Bench, { peer, running, world }: Pair): Promise<{ cold: Row; last: Asked }> {
  const times: Record<"theirs" | "ours", number[]> = { theirs: [], ours: [] };
  const next = async (index: number): Promise<Asked> => {
    const theirs = await running.fresh();
    await world.feed.quiet(QUIET_MS);
    times.theirs.push(await firstInvoke(theirs));
    times.ours.push(await firstInvoke(await freshOfOurs(world, `${peer.id}-${index}`)));
    return theirs;
  };
  let last = await next(0);
  for (let index = 1; index < (bench.isQuick ? COLD.quick : COLD.whole); index++) last = await next(index);
  const cold = row({
    id: `peers.${peer.id}.cold`,
    what: `first invoke beside ${peer.name}, p50`,
    against: `${peer.name} ${running.version}`,
    unit: "ms",
    hearth: times.ours,
    yardstick: times.theirs,
    target: atMost(1),
  });
  return { cold, last };
}

/** Warm invokes of both and of what Hearth's are made of, in turns. */
async function warmRows(bench: Bench, pair: Pair, theirs: Asked, pieces: WarmPieces): Promise<readonly Row[]> {
  const { peer, running, world } = pair;
  const hearth = await world.invoke("warm", payload(1_000));
  const sides = { theirs, hearth, ...pieces.asked };
  for (const side of Object.values(sides)) await warmUp(side);
  const times = await inNamedTurns(sides, { rounds: bench.isQuick ? 5 : 15, count: 20 });
  const common = { unit: "ms", hearth: times.hearth };
  return [
    row({
      ...common,
      id: `peers.${peer.id}.warm`,
      what: `warm invoke beside ${peer.name}, p50`,
      against: `${peer.name} ${running.version}`,
      yardstick: times.theirs,
      target: atMost(1),
      details: { piecesMs: piecesMs(times) },
    }),
    row({
      ...common,
      id: `peers.${peer.id}.floor`,
      what: "the same against the bare hops of an invoke",
      against: "a bare chain of processes as an invoke goes through",
      yardstick: times.chain,
    }),
  ];
}

export async function peers(bench: Bench): Promise<readonly Row[]> {
  await using directory = temporaryDirectory();
  await using world = await aWorld();
  await world.create("warm");
  await using pieces = await warmPieces(world, "warm", payload(1_000));
  const rows: Row[] = [];
  for (const peer of all) {
    bench.say(peer.name);
    const own = join(directory.path, peer.id);
    mkdirSync(own);
    try {
      await using running = await peer.start(own);
      const { cold, last } = await coldRow(bench, { peer, running, world });
      rows.push(...(await warmRows(bench, { peer, running, world }, last, pieces)), cold);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      rows.push({ id: `peers.${peer.id}`, what: `beside ${peer.name}`, notAvailable: reason });
    }
  }
  return rows;
}
