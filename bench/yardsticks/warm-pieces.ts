// What a warm invoke is made of: the bare hops that it goes through, and the same invoke with one piece left out at a time.
import { cpuOfBare, type ReadCpu } from "../cpu.ts";
import type { Asked } from "../measure.ts";
import { median, rounded } from "../report/row.ts";
import { aWorld, type World } from "../world.ts";
import { aChain } from "./chain.ts";
import { aPair } from "./pair.ts";

/** What is asked in turns beside a warm invoke. */
export type Piece = "pair" | "chain" | "plain" | "unsigned";

/** Ready to be asked, all with the same body. */
export interface WarmPieces extends AsyncDisposable {
  readonly asked: Readonly<Record<Piece, Asked>>;
  readonly cpuOfChain: ReadCpu;
}

/** `plain`: the same function as a plain process, neither isolated nor frozen. `unsigned`: without a signature that is checked. */
export async function warmPieces(world: World, name: string, body: Buffer): Promise<WarmPieces> {
  await using stack = new AsyncDisposableStack();
  const bare = ({ port }: { port: number }): Asked => ({ port, path: "/", headers: () => ({}), body });
  const pair = bare(stack.use(await aPair()));
  const hops = stack.use(await aChain());
  const processes = stack.use(await aWorld({ pool: 0, env: { HEARTH_DRIVER: "process" } }));
  await processes.create(name);
  const plain = await processes.invoke(name, body);
  const unsigned = await world.invokeAsRoot(name, body);
  const resources = stack.move();
  return {
    asked: { pair, chain: bare(hops), plain, unsigned },
    cpuOfChain: cpuOfBare(hops),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The median of each, for the details of a row. */
export const piecesMs = (times: Readonly<Record<Piece, readonly number[]>>): Readonly<Record<Piece, number>> => ({
  pair: rounded(median(times.pair)),
  chain: rounded(median(times.chain)),
  plain: rounded(median(times.plain)),
  unsigned: rounded(median(times.unsigned)),
});
