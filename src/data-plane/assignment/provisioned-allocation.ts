// What to do for a qualifier's provisioned concurrency: how many environments to start, which to end, how it stands. Pure.
import type { ProvisionedStatus } from "../../model/concurrency.ts";

/** Starts under way at once for one qualifier: more would only wait for each other. */
export const PARALLEL_STARTS_MAX = 8;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;

/** One environment that is, or becomes, provisioned. */
export interface Provisioned {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly state: "Starting" | "Idle" | "Busy";
  readonly bornAtMs: number;
}

/** What is wanted, and what there is. */
export interface Allocation {
  readonly requested: number;
  /** The deployment that the qualifier runs; undefined: none that could run now. */
  readonly deploymentId: string | undefined;
  readonly environments: readonly Provisioned[];
  /** No start before this time, after one that failed. */
  readonly retryAtMs: number;
  /** Environments born before this time are replaced. */
  readonly bornAfterMs: number;
}

/** What follows. */
export interface AllocationStep {
  readonly start: number;
  /** Environments that are not wanted any longer. */
  readonly end: readonly string[];
}

/** Time from a failed start to the next try: a second, then twice as long each time, up to a minute. */
export function retryDelayMs(failures: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.max(0, failures - 1));
}

/** What is ready for nobody goes first, what works goes last. */
const COST = { Starting: 0, Idle: 1, Busy: 2 } as const;

const isWanted = (it: Allocation, one: Provisioned): boolean =>
  one.deploymentId === it.deploymentId && (one.state === "Starting" || one.bornAtMs > it.bornAfterMs);

/** Those of another deployment first, then what costs the least. */
const inOrderOfEnd =
  (it: Allocation) =>
  (a: Provisioned, b: Provisioned): number =>
    Number(a.deploymentId === it.deploymentId) - Number(b.deploymentId === it.deploymentId) ||
    COST[a.state] - COST[b.state];

/**
 * The next step. Replacements, of another deployment or of one that has grown old, are started before what they replace
 * is ended, so that the qualifier always has environments. What only starts, and for another deployment, ends at once.
 */
export function allocate(it: Allocation, nowMs: number): AllocationStep {
  const wanted = it.environments.filter((one) => isWanted(it, one));
  const others = it.environments.filter((one) => !isWanted(it, one));
  const old = others.filter((one) => one.state !== "Starting").sort(inOrderOfEnd(it));
  const requested = it.deploymentId === undefined ? 0 : it.requested;
  const surplus = [...wanted]
    .sort((a, b) => COST[a.state] - COST[b.state])
    .slice(0, Math.max(0, wanted.length - requested));
  const starting = wanted.filter((one) => one.state === "Starting").length;
  const start = Math.max(0, Math.min(requested - wanted.length, PARALLEL_STARTS_MAX - starting));
  // Each replacement that is ready lets one of the old ones go.
  const gone = requested === 0 ? old.length : wanted.length - starting + old.length - requested;
  return {
    start: nowMs < it.retryAtMs ? 0 : start,
    end: [...surplus, ...others.filter((one) => one.state === "Starting"), ...old.slice(0, Math.max(0, gone))].map(
      (one) => one.environmentId,
    ),
  };
}

/** Which one to end where no worker has room for its replacement; undefined where none is to be replaced, or none idle. */
export function givesWay(it: Allocation): string | undefined {
  const [first] = it.environments.filter((one) => one.state === "Idle" && !isWanted(it, one)).sort(inOrderOfEnd(it));
  return first?.environmentId;
}

/** How it stands, with AWS's words. `failure` is why the last start failed, if it did. */
export function statusOf(it: Allocation, failure: string | undefined): ProvisionedStatus {
  const wanted = it.environments.filter((one) => one.deploymentId === it.deploymentId);
  const available = Math.min(it.requested, wanted.filter((one) => one.state !== "Starting").length);
  const allocated = Math.min(it.requested, wanted.length);
  if (available >= it.requested) return { status: "READY", allocated, available, reason: undefined };
  if (failure !== undefined) return { status: "FAILED", allocated, available, reason: failure };
  return { status: "IN_PROGRESS", allocated, available, reason: undefined };
}
