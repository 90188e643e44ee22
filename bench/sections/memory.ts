// Memory: an idle environment beside a bare process of the same runtime and client, how many fit, and Hearth's own two processes.
import { type Language, node, python } from "../languages.ts";
import { connectionOf, once } from "../measure.ts";
import { availableMiB, descendants, memoryMiB, processesBelow } from "../proc.ts";
import { atLeast, atMost, type Row, row } from "../report/row.ts";
import { type Bench, rest, temporaryDirectory } from "../section.ts";
import { aWorld, type World } from "../world.ts";
import { bareRuntimes } from "../yardsticks/bare-runtime.ts";

const SIDE_BY_SIDE = 10;
const SETTLE_MS = 3_000;
const WAVE = 25;
const ENVIRONMENTS_MAX = 1_000;
const QUICK_MAX = 100;
const AVAILABLE_MIB_MIN = 3 * 1_024;
const FILL_MS_MAX = 300_000;
/** Longer than it takes until the last of a wave has started. */
const BUSY_MS = 6_000;

const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0);
const shareOf = (pids: readonly number[]): number => sum(pids.map((pid) => memoryMiB(pid, "Pss")));

/** A handler that takes as long as it is told: so long, its environment serves nobody else. */
const busy: Readonly<Record<Language["name"], string>> = {
  Node: "export const handler = async (event) => { await new Promise((then) => setTimeout(then, event.ms)); return event; };",
  Python: "import time\n\n\ndef handler(event, context):\n    time.sleep(event['ms'] / 1000)\n    return event\n",
};

/** So many environments of a new function, all of them idle again when it resolves; `started` when they have started. */
async function environments(
  world: World,
  name: string,
  of: { language: Language; count: number; busyMs: number },
): Promise<{ idle: Promise<unknown> }> {
  const { language, count, busyMs } = of;
  await world.create(name, { language, code: busy[language.name] });
  const asked = await world.invokeAsRoot(name, Buffer.from(JSON.stringify({ ms: busyMs })));
  const idle = Promise.all(
    Array.from({ length: count }, async () => {
      using connection = connectionOf();
      await once(asked, connection);
    }),
  );
  // It is looked at when the caller waits for it.
  idle.catch(() => undefined);
  const isThere = `/${name}:`;
  await world.feed.until(
    (events) =>
      events.filter((it) => it.event === "EnvironmentStarted" && it.deploymentId.includes(isThere)).length >= count,
    `${count} environments of ${name}`,
  );
  return { idle };
}

async function idleEnvironment(bench: Bench, language: Language): Promise<Row> {
  bench.say(`${language.name}, idle`);
  await using directory = temporaryDirectory();
  // One after the other: processes of both at once would share pages with each other.
  const bare = await (async () => {
    await using processes = await bareRuntimes(language, SIDE_BY_SIDE, directory.path);
    await rest(SETTLE_MS);
    return processes.pids.map((pid) => memoryMiB(pid, "Pss"));
  })();
  await using world = await aWorld({ pool: 0 });
  const { idle } = await environments(world, "idle", { language, count: SIDE_BY_SIDE, busyMs: BUSY_MS });
  await idle;
  await rest(SETTLE_MS);
  const there = processesBelow(world.cgroup);
  return row({
    id: `memory.idle-${language.name.toLowerCase()}`,
    what: `proportional share of an idle ${language.name} environment, ${SIDE_BY_SIDE} there`,
    against: "a bare process of the same runtime and client",
    unit: "MiB",
    hearth: there.map(shareOf),
    yardstick: bare,
    target: atMost(1.15, 1),
    details: { processesEach: (there[0] ?? []).length },
  });
}

async function howManyFit(bench: Bench): Promise<Row> {
  const max = bench.isQuick ? QUICK_MAX : ENVIRONMENTS_MAX;
  await using world = await aWorld({ pool: 0, env: { HEARTH_CONCURRENT_EXECUTIONS: "2000" } });
  const before = availableMiB();
  const startedMs = performance.now();
  const waves: Promise<unknown>[] = [];
  let count = 0;
  let ended = "as many as were asked for";
  while (count < max) {
    if (availableMiB() < AVAILABLE_MIB_MIN) ended = "less than 3 GiB were available";
    else if (performance.now() - startedMs > FILL_MS_MAX) ended = "five minutes had passed";
    else {
      bench.say(`${count} idle environments, ${Math.round(availableMiB())} MiB available`);
      const of = { language: node, count: WAVE, busyMs: BUSY_MS };
      waves.push((await environments(world, `fill-${count}`, of)).idle);
      count += WAVE;
      continue;
    }
    break;
  }
  await Promise.all(waves);
  await rest(SETTLE_MS);
  const there = processesBelow(world.cgroup);
  return row({
    id: "memory.fit",
    what: "idle Node environments kept at once",
    unit: "environments",
    hearth: [there.length],
    target: bench.isQuick ? undefined : atLeast(300, 600),
    details: {
      ended,
      tookSeconds: Math.round((performance.now() - startedMs) / 1_000),
      machineMiBEach: (before - availableMiB()) / there.length,
      proportionalMiBEach: sum(there.map(shareOf)) / there.length,
    },
  });
}

async function ownProcesses(bench: Bench): Promise<Row> {
  bench.say("services and worker, idle");
  await using world = await aWorld({ pool: 0 });
  await rest(SETTLE_MS);
  const { pid = 0 } = world.hearth.supervisor;
  const all = [pid, ...descendants(pid)];
  return row({
    id: "memory.own",
    what: "proportional share of services, worker and supervisor when idle, no pool",
    unit: "MiB",
    hearth: [shareOf(all)],
    target: atMost(180, 120),
    details: { residentMiB: sum(all.map((it) => memoryMiB(it, "Rss"))), processes: all.length },
  });
}

export async function memory(bench: Bench): Promise<readonly Row[]> {
  return [
    await ownProcesses(bench),
    await idleEnvironment(bench, node),
    await idleEnvironment(bench, python),
    await howManyFit(bench),
  ];
}
