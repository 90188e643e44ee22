// The environments of a running Hearth, as its own path tells them.
import type { RunningHearth } from "../a-hearth.ts";

const TRIES_MAX = 20_000;

/** One environment. */
export interface ShownEnvironment {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly workerId: string;
  readonly state: string;
  readonly initializationType: string;
  readonly poolLevel?: number;
  readonly phasesMs: Readonly<Record<string, number>>;
}

/** All of them. */
export async function environmentsOf(hearth: RunningHearth): Promise<readonly ShownEnvironment[]> {
  const answer = await fetch(`${hearth.endpoint}/_hearth/environments`);
  return ((await answer.json()) as { environments: ShownEnvironment[] }).environments;
}

/** Resolves when so many are busy. */
export async function busyEnvironments(hearth: RunningHearth, count: number): Promise<readonly ShownEnvironment[]> {
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const busy = (await environmentsOf(hearth)).filter((it) => it.state === "Busy");
    if (busy.length >= count) return busy;
  }
  throw new Error(`never ${count} environments were busy`);
}
