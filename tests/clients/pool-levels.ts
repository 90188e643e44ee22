// Which pools environments came out of, by the feed, for tests.
import type { Numbered } from "../../src/feed/feed.ts";
import type { RunningHearth } from "../a-hearth.ts";
import { feedSoFar, feedUntil } from "../feed.ts";

/** Waits until so many booted runtimes whose command says this have been put into the pool, since the start. */
export async function untilBooted(hearth: RunningHearth, command: string, times: number): Promise<void> {
  const isIt = (it: Numbered): boolean => it.event === "SandboxPooled" && it.command?.includes(command) === true;
  await feedUntil(hearth, (events) => events.filter(isIt).length >= times);
}

/** The pool level that a function's latest environment came from. */
export async function poolLevelOf(hearth: RunningHearth, functionName: string): Promise<number | undefined> {
  const found = (await feedSoFar(hearth)).flatMap((it) =>
    it.event === "EnvironmentStarted" && it.deploymentId.includes(`/${functionName}:`) ? [it] : [],
  );
  return found.at(-1)?.poolLevel;
}
