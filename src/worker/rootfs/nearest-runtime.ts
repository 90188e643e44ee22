// Which version stands in for one that is not there. Pure.
import type { Runtime } from "../../model/runtimes.ts";

/** `3.13` as 13, `24` as 24: within a family, versions are counted by one number. */
const numberOf = (runtime: Runtime): number => Number(runtime.version.split(".").at(-1));

/** The available version that is least far off; of two, the newer, which is likelier to have what the code uses. */
export function nearestRuntime(wanted: Runtime, available: readonly Runtime[]): Runtime | undefined {
  const distance = (it: Runtime): number => Math.abs(numberOf(it) - numberOf(wanted));
  return available
    .filter((it) => it.family === wanted.family && it.name !== wanted.name)
    .sort((a, b) => distance(a) - distance(b) || numberOf(b) - numberOf(a))[0];
}
