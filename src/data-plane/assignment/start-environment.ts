// The start of one environment: room on a worker, then the worker's own work; tried again when it or its worker is lost.
import type { Feed } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";
import { newHex } from "../../foundation/ids.ts";
import type { EnvironmentStarted, InitializationType } from "../../link/messages.ts";
import { deploymentId, type FunctionVersion, isRestored } from "../../model/function-version.ts";
import { restoreFailed } from "../../model/snap-start.ts";
import type { Placed, Placement, Worker } from "../placement/placement.ts";
import { type EnvironmentRecord, newRecord } from "./environment-record.ts";
import { environmentSpec, type IssueCredentials } from "./environment-spec.ts";

const TRIES_MAX = 3;

/** What is to be started. */
export interface StartRequest {
  readonly version: FunctionVersion;
  /** Whose provisioned concurrency it is for; undefined on demand. */
  readonly qualifier: string | undefined;
  /** Called as soon as there is a worker for it. */
  readonly onPlaced: () => void;
}

/** What a start stands on. */
export interface StartDeps {
  readonly clock: Clock;
  readonly feed: Feed;
  readonly placement: Placement;
  readonly issueCredentials: IssueCredentials;
  /** Takes it in, from the moment that its worker is asked. */
  readonly add: (environment: EnvironmentRecord) => void;
  readonly end: (environment: EnvironmentRecord) => void;
  /** Not so when it has ended meanwhile. */
  readonly isKnown: (environment: EnvironmentRecord) => boolean;
  readonly evict: (environmentId: string) => void;
  readonly debugPortOf: (version: FunctionVersion) => number | undefined;
  /** What was initialised ahead on a worker has been used. */
  readonly onRestored: (version: FunctionVersion, worker: Worker) => void;
}

/** The start's time by phase: what was waited for room, what finding it took, and the worker's own phases. */
function withPlacement(started: EnvironmentStarted, placed: Placed, placementMs: number): EnvironmentStarted {
  const queueMs = Math.round(placed.waitedMs * 10) / 10;
  const rest = Math.round(Math.max(0, placementMs - placed.waitedMs) * 10) / 10;
  const { queue = 0, ...onWorker } = started.phasesMs;
  return { ...started, phasesMs: { queue: queueMs + queue, placement: rest, ...onWorker } };
}

/** How an environment comes to be; provisioned ones are initialised ahead in any case. */
export function initializationTypeOf(version: FunctionVersion, qualifier: string | undefined): InitializationType {
  if (qualifier !== undefined) return "provisioned-concurrency";
  return isRestored(version) ? "snap-start" : "on-demand";
}

async function startOnce(
  deps: StartDeps,
  request: StartRequest,
  signal: AbortSignal,
): Promise<EnvironmentRecord | "lost"> {
  const { clock, feed, placement } = deps;
  const { version, qualifier } = request;
  const environmentId = newHex(16);
  const askedMs = clock.elapsedMs();
  const need = { memoryMiB: version.settings.memoryMiB, codeSha256: version.code.sha256 };
  const placed = await placement.place({ ...need, environmentId, evict: deps.evict }, signal);
  const placementMs = clock.elapsedMs() - askedMs;
  request.onPlaced();
  const initializationType = initializationTypeOf(version, qualifier);
  const deployment = deploymentId(version);
  const bornAtMs = clock.nowMs();
  const origin = { environmentId, deploymentId: deployment, initializationType, qualifier, bornAtMs };
  const environment = newRecord(origin, placed.reservation, bornAtMs);
  const { worker } = environment;
  const { workerId } = worker.hello;
  deps.add(environment);
  feed.publish({ event: "EnvironmentRequested", environmentId, deploymentId: deployment, workerId });
  try {
    const debugPort = deps.debugPortOf(version);
    const at = { environmentId, deploymentId: deployment, initializationType, qualifier, debugPort };
    const answer = await worker.start(environmentSpec(version, at, clock.nowMs(), deps.issueCredentials));
    if (answer.restoreFailure !== undefined) {
      deps.end(environment);
      throw restoreFailed(answer.restoreFailure);
    }
    if (initializationType === "snap-start") deps.onRestored(version, worker);
    // Ended by itself before its start was told of: whoever waits for it needs another.
    if (!deps.isKnown(environment)) return "lost";
    const started = withPlacement(answer, placed, placementMs);
    environment.started = started;
    placed.reservation.initialised();
    const event = { environmentId, deploymentId: deployment, workerId, initializationType, qualifier };
    feed.publish({ event: "EnvironmentStarted", ...event, ...started });
    return environment;
  } catch (error) {
    if (!placement.has(worker)) return "lost";
    // The worker may have got some way.
    deps.end(environment);
    throw error;
  }
}

/** Starts one. `signal` counts until it has a worker. Rejects when it can't be, or when several were lost. */
export async function startEnvironment(
  deps: StartDeps,
  request: StartRequest,
  signal: AbortSignal,
): Promise<EnvironmentRecord> {
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const environment = await startOnce(deps, request, signal);
    if (environment !== "lost") return environment;
  }
  throw new Fault("environments were lost as they started, with their workers or by themselves, one after the other");
}
