// Payloads of three sizes, echoed: what every byte costs on its way to the handler and back.
import { type Asked, inTurns, load } from "../measure.ts";
import { atMost, type Row, row, type Target } from "../report/row.ts";
import type { Bench } from "../section.ts";
import { aWorld, payload } from "../world.ts";
import { aPair } from "../yardsticks/pair.ts";

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly count: number;
  readonly target: Target | undefined;
}

const SIZES: readonly Size[] = [
  { name: "1 KB", bytes: 1_000, count: 50, target: undefined },
  { name: "100 KB", bytes: 100_000, count: 20, target: undefined },
  { name: "6 MB", bytes: 6_000_000, count: 1, target: atMost(1.5, 1.1) },
];
const ROUNDS = { quick: 5, whole: 25 };

export async function payloads(bench: Bench): Promise<readonly Row[]> {
  await using pair = await aPair();
  await using reading = await aPair({ kind: "json" });
  await using world = await aWorld();
  await world.create("echo");
  const rows: Row[] = [];
  for (const { name, bytes, count, target } of SIZES) {
    bench.say(name);
    const body = payload(bytes);
    const bare: Asked = { port: pair.port, path: "/", headers: () => ({}), body };
    const floor: Asked = { ...bare, port: reading.port };
    const hearth = await world.invoke("echo", body);
    const sides = [bare, floor, hearth];
    for (const side of sides) await load(side, { clients: 1, count: count * 5 });
    const rounds = bench.isQuick ? ROUNDS.quick : ROUNDS.whole;
    const [theirs = [], floors = [], ours = []] = await inTurns(sides, { rounds, count });
    rows.push(
      row({
        id: `payloads.${name.replace(" ", "").toLowerCase()}`,
        what: `${name} echoed, p50`,
        against: "a bare proxy before a bare echo server",
        unit: "ms",
        hearth: ours,
        yardstick: theirs,
        target,
      }),
      row({
        id: `payloads.${name.replace(" ", "").toLowerCase()}.floor`,
        what: `${name} echoed, p50, JSON read and written`,
        against: "the same, whose server reads and writes the JSON, as every handler's runtime does",
        unit: "ms",
        hearth: ours,
        yardstick: floors,
      }),
    );
  }
  return rows;
}
