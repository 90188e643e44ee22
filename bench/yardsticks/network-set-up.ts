// Makes environments' networks with the worker's own code, and tells what each took beside how many: `network-set-up.ts DIRECTORY COUNT...`.
import { join } from "node:path";
import { createNetwork } from "../../src/worker/network/network.ts";
import { rest } from "../section.ts";

const EACH = 40;
/** Until the code is compiled: else the first figure would be the worst. */
const WARM_UP = 400;
const SETTLE_MS = 3_000;

const [directory = "", ...counts] = process.argv.slice(2);
const own = {
  endpointPort: 45_660,
  runtimeApiPort: 45_661,
  xRayPort: 45_662,
  preferredRange: 60,
  numbers: { first: 1, count: 65_000 },
};
await using network = await createNetwork({ rememberedFile: join(directory, "network-range"), ...own });
/** By what is beside it: each made and kept, and each made while the kernel still takes the one before away. */
const kept: Record<string, number[]> = {};
const turnedOver: Record<string, number[]> = {};

function make(stack: DisposableStack): number {
  const startedMs = performance.now();
  stack.use(network.create());
  return performance.now() - startedMs;
}

function makeAndGiveBack(): number {
  using stack = new DisposableStack();
  return make(stack);
}

const many = (one: () => number): readonly number[] => Array.from({ length: EACH }, one);

async function measure(count: number): Promise<void> {
  // What is given back is taken away in the background, which must be over first.
  await rest(SETTLE_MS);
  using stack = new DisposableStack();
  (kept[count] ??= []).push(...many(() => make(stack)));
  stack.dispose();
  await rest(SETTLE_MS);
  (turnedOver[count] ??= []).push(...many(makeAndGiveBack));
}

for (let warmUp = 0; warmUp < WARM_UP; warmUp++) makeAndGiveBack();
{
  using there = new DisposableStack();
  let made = 0;
  for (const count of counts.map(Number)) {
    for (; made < count; made++) make(there);
    await measure(count);
  }
}
// The smallest number once more at the end, so that a machine that grew slower meanwhile is no growth.
{
  using there = new DisposableStack();
  const first = Number(counts[0]);
  for (let made = 0; made < first; made++) make(there);
  await measure(first);
}
process.stdout.write(JSON.stringify({ kept, turnedOver }));
