// What a phase of an environment ends with: what it was to bring about, else the end of its run or of its time.
import type { Clock } from "../../foundation/clock.ts";
import type { Ending } from "./ending.ts";
import type { EnvironmentRun } from "./environment-run.ts";

/** What `begin` brings about, the run's end or the time's, whichever comes first. */
export async function awaitEnding(
  of: { readonly clock: Clock; readonly run: Pick<EnvironmentRun, "watch">; readonly timeoutMs: number },
  begin: (settle: (ending: Ending) => void) => void,
): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  using _timer = of.clock.after(of.timeoutMs, () => resolve({ by: "timeout" }));
  of.run.watch(resolve);
  begin(resolve);
  return await promise;
}
