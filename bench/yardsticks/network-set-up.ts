// Makes environments' networks with the worker's own code, and tells what each took beside how many: `network-set-up.ts DIRECTORY COUNT...`.
import { join } from "node:path";
import { createNetwork } from "../../src/worker/network/network.ts";

const EACH = 40;
const [directory = "", ...counts] = process.argv.slice(2);
const ports = { endpointPort: 45_660, runtimeApiPort: 45_661 };
await using network = await createNetwork({ rememberedFile: join(directory, "network-range"), ...ports });
using stack = new DisposableStack();
const times: Record<string, number[]> = {};
let there = 0;

function makeOne(): number {
  const startedMs = performance.now();
  stack.use(network.create());
  there++;
  return performance.now() - startedMs;
}

/** Made and given back at once, so that the number beside it stays. */
function makeAndGiveBack(): number {
  const startedMs = performance.now();
  const made = network.create();
  const tookMs = performance.now() - startedMs;
  made[Symbol.dispose]();
  return tookMs;
}

for (let warmUp = 0; warmUp < EACH; warmUp++) makeAndGiveBack();
for (const count of counts.map(Number)) {
  while (there < count) makeOne();
  times[String(count)] = Array.from({ length: EACH }, makeAndGiveBack);
}
process.stdout.write(JSON.stringify(times));
