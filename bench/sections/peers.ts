// Hearth beside other programs that run Lambda functions on one's own machine: the same handler, warm and at its first invoke.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Asked, connectionOf, inTurns, load, timeOf } from "../measure.ts";
import { lambdaLocal } from "../peers/lambda-local.ts";
import { ministack } from "../peers/ministack.ts";
import { moto } from "../peers/not-to-be-had.ts";
import type { Peer, RunningPeer } from "../peers/peer.ts";
import { runtimeInterfaceEmulator } from "../peers/runtime-interface-emulator.ts";
import { serverlessOffline } from "../peers/serverless-offline.ts";
import { atMost, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { aWorld, payload, type World } from "../world.ts";

const all: readonly Peer[] = [serverlessOffline, lambdaLocal, ministack, runtimeInterfaceEmulator, moto];
const COLD = { quick: 3, whole: 8 };
const QUIET_MS = 500;

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

async function beside(bench: Bench, peer: Peer, running: RunningPeer, world: World): Promise<readonly Row[]> {
  const cold: Record<"theirs" | "ours", number[]> = { theirs: [], ours: [] };
  let last: Asked | undefined;
  for (let index = 0; index < (bench.isQuick ? COLD.quick : COLD.whole); index++) {
    last = await running.fresh();
    await world.feed.quiet(QUIET_MS);
    cold.theirs.push(await firstInvoke(last));
    cold.ours.push(await firstInvoke(await freshOfOurs(world, `${peer.id}-${index}`)));
  }
  if (last === undefined) return [];
  const ours = await world.invoke("warm", payload(1_000));
  for (const side of [last, ours]) await load(side, { clients: 1, count: 100 });
  const rounds = bench.isQuick ? 5 : 15;
  const [theirTimes = [], ourTimes = []] = await inTurns([last, ours], { rounds, count: 20 });
  const common = { against: `${peer.name} ${running.version}`, unit: "ms", target: atMost(1) };
  const warmWhat = `warm invoke beside ${peer.name}, p50`;
  const coldWhat = `first invoke beside ${peer.name}, p50`;
  return [
    row({ ...common, id: `peers.${peer.id}.warm`, what: warmWhat, hearth: ourTimes, yardstick: theirTimes }),
    row({ ...common, id: `peers.${peer.id}.cold`, what: coldWhat, hearth: cold.ours, yardstick: cold.theirs }),
  ];
}

export async function peers(bench: Bench): Promise<readonly Row[]> {
  await using directory = temporaryDirectory();
  await using world = await aWorld();
  await world.create("warm");
  const rows: Row[] = [];
  for (const peer of all) {
    bench.say(peer.name);
    const own = join(directory.path, peer.id);
    mkdirSync(own);
    try {
      await using running = await peer.start(own);
      rows.push(...(await beside(bench, peer, running, world)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      rows.push({ id: `peers.${peer.id}`, what: `beside ${peer.name}`, notAvailable: reason });
    }
  }
  return rows;
}
