// Cold starts by pool level, from the request to the response, beside `runc run` of the same interpreter and handler in the same root.
import { type Language, node, python } from "../languages.ts";
import { connectionOf, timeOf } from "../measure.ts";
import { atMost, median, type Row, row, rounded, type Target } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { aWorld, type World } from "../world.ts";
import { bareStart, rootOf } from "../yardsticks/bare-start.ts";

/** A start that had another level than the one meant is not counted, and made again this often. */
const TRIES_MAX = 4;
const QUIET_MS = 300;

interface Start {
  readonly tookMs: number;
  readonly phasesMs: Readonly<Record<string, number>>;
}

/** One kind of start, and those that were measured. */
interface Kind {
  readonly level: 0 | 1 | 2;
  readonly id: string;
  readonly words: string;
  readonly target: Target;
  readonly starts: Start[];
}

const kindsOf = (): readonly Kind[] => [
  { level: 0, id: "no-pool", words: "no pool", target: atMost(1.3, 1.05), starts: [] },
  { level: 1, id: "level1", words: "pool level 1", target: atMost(0.8, 0.65), starts: [] },
  { level: 2, id: "level2", words: "pool level 2", target: atMost(0.2, 0.08), starts: [] },
];

/** A new function's first invoke. undefined: it had another level than the one meant. */
async function coldStart(world: World, kind: Kind, language: Language, name: string): Promise<Start | undefined> {
  const { feed } = world;
  await world.create(name, { language, ...(kind.level === 1 ? { variables: language.readAtStart } : {}) });
  const asked = await world.invoke(name);
  if (kind.level === 0) await feed.quiet(QUIET_MS);
  else await feed.pooled(kind.level);
  using connection = connectionOf();
  const tookMs = await timeOf(asked, connection);
  const [started] = await feed.starts(name);
  return started?.poolLevel === kind.level ? { tookMs, phasesMs: started.phasesMs } : undefined;
}

async function untilRight(world: World, kind: Kind, language: Language, name: string): Promise<void> {
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const start = await coldStart(world, kind, language, `${name}-${tried}`);
    if (start === undefined) continue;
    kind.starts.push(start);
    return;
  }
  throw new Error(`${TRIES_MAX} starts in a row did not come out of level ${kind.level}`);
}

/** The median of each phase. */
function phasesOf(starts: readonly Start[]): Readonly<Record<string, number>> {
  const names = [...new Set(starts.flatMap(({ phasesMs }) => Object.keys(phasesMs)))];
  return Object.fromEntries(
    names.map((name) => [name, rounded(median(starts.map(({ phasesMs }) => phasesMs[name] ?? 0)))]),
  );
}

async function coldOf(bench: Bench, language: Language): Promise<readonly Row[]> {
  await using directory = temporaryDirectory();
  const rootfs = await rootOf(language);
  await using pooling = await aWorld();
  await using poolless = await aWorld({ pool: 0 });
  const kinds = kindsOf();
  const bare: number[] = [];
  // The first of each warms the page cache and is not counted.
  for (let round = -1; round < (bench.isQuick ? 4 : 15); round++) {
    bench.say(`${language.name}, round ${round + 1}`);
    // The pool is at rest, or it would be refilled while the others are measured.
    await pooling.feed.quiet(QUIET_MS);
    bare.push(await bareStart({ rootfs, directory: directory.path, language, id: `${language.name}-${round}` }));
    for (const kind of kinds) {
      await untilRight(kind.level === 0 ? poolless : pooling, kind, language, `cold-${kind.id}-${round + 1}`);
    }
    if (round < 0) for (const list of [bare, ...kinds.map((it) => it.starts)]) list.length = 0;
  }
  return kinds.map(({ id, words, target, starts }) =>
    row({
      id: `cold.${language.name.toLowerCase()}.${id}`,
      what: `cold start, ${language.name} hello world, ${words}`,
      against: `runc run of the same ${language.name} and handler`,
      unit: "ms",
      hearth: starts.map((it) => it.tookMs),
      yardstick: bare,
      target,
      details: { phasesMs: phasesOf(starts) },
    }),
  );
}

export async function cold(bench: Bench): Promise<readonly Row[]> {
  return [...(await coldOf(bench, node)), ...(await coldOf(bench, python))];
}
