// The simulator: the data plane that services run, counting, assignment, placement and keep-alive, under a clock that jumps
// from event to event, with workers that only take time.
import { createDataPlane, type DataPlane } from "../data-plane/data-plane.ts";
import { Fault } from "../foundation/fault.ts";
import type { Feed } from "../feed/feed.ts";
import { ServiceException } from "../model/operation.ts";
import type { FunctionVersion } from "../model/function-version.ts";
import { readAzureTrace } from "./azure-trace.ts";
import { createEventClock, type EventClock } from "./event-clock.ts";
import { logNormal, seededRandom } from "./seeded-random.ts";
import { simulatedWorker, type WorkerSize } from "./simulated-worker.ts";
import { emptyTally, type Report, reportOf, type Tally } from "./tally.ts";
import { type SimulatedFunction, syntheticWorkload, type Workload } from "./workload.ts";

export { readAzureTrace, syntheticWorkload };
export type { Report, Workload };

/** What is simulated, and on what. */
export interface Simulation {
  readonly workload: Workload;
  readonly hours: number;
  readonly workers: number;
  readonly worker: WorkerSize;
  readonly keepAlive: "fixed" | "adaptive";
  readonly concurrentExecutions: number;
  /** The same seed gives the same report. */
  readonly seed: number;
  /** Called each simulated minute. */
  readonly onMinute?: (minute: number) => void;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const REGION = "us-east-1";
const DURATION_SPREAD = 0.3;
const WAITS_KEPT_MAX = 1_000_000;

/** Nobody reads a simulation's events. */
const silentFeed: Feed = {
  publish: () => undefined,
  after: () => [],
  newest: () => 0,
  wait: () => Promise.resolve(),
};

/** As much of a version as the data plane looks at. */
function versionOf(it: SimulatedFunction): FunctionVersion {
  return {
    accountId: it.accountId,
    region: REGION,
    functionName: it.name,
    version: "$LATEST",
    settings: {
      runtime: "nodejs24.x",
      handler: "index.handler",
      role: "",
      description: "",
      timeoutSeconds: 900,
      memoryMiB: it.memoryMiB,
      ephemeralStorageMiB: 512,
      architecture: "x86_64",
      environment: undefined,
      tracingMode: "PassThrough",
      logFormat: "Text",
      applicationLogLevel: undefined,
      systemLogLevel: undefined,
      logGroup: it.name,
      layers: [],
    },
    code: { sha256: it.name, bytes: 0 },
    state: { state: "Active" },
    lastUpdate: { status: "Successful" },
    lastModified: "",
    revisionId: "",
    deployment: "1",
  };
}

/** Everything that a run has in its hands. */
interface Run {
  readonly simulation: Simulation;
  readonly clock: EventClock;
  readonly plane: DataPlane;
  readonly tally: Tally;
  readonly random: () => number;
  readonly untilMs: number;
  busyMiB: number;
}

const never = new AbortController().signal;

async function invoke(run: Run, it: SimulatedFunction, version: FunctionVersion): Promise<void> {
  const { plane, tally, clock } = run;
  tally.invocations += 1;
  const admission = plane.counting.admit(version);
  if (admission.outcome === "throttled") return throttled(tally, admission.reason);
  try {
    const askedMs = clock.elapsedMs();
    const lease = await plane.assignment.lease(version, never);
    if (lease.started !== undefined) tally.cold += 1;
    const waitedMs = clock.elapsedMs() - askedMs;
    if (waitedMs > 0 && tally.waitsMs.length < WAITS_KEPT_MAX) tally.waitsMs.push(waitedMs);
    run.busyMiB += it.memoryMiB;
    clock.after(logNormal(run.random, it.durationMs, DURATION_SPREAD), () => {
      run.busyMiB -= it.memoryMiB;
      lease[Symbol.dispose]();
      admission[Symbol.dispose]();
    });
  } catch (error) {
    admission[Symbol.dispose]();
    const reason = error instanceof ServiceException ? error.members["Reason"] : undefined;
    if (typeof reason === "string") throttled(tally, reason);
    else tally.failed += 1;
  }
}

function throttled(tally: Tally, reason: string): void {
  tally.throttled.set(reason, (tally.throttled.get(reason) ?? 0) + 1);
}

/** Lets a function be invoked at its times, one timer ahead. */
function follow(run: Run, it: SimulatedFunction): void {
  const version = versionOf(it);
  const { clock, plane, untilMs } = run;
  plane.publication.publish(version);
  const goOn = (): void => {
    const nextMs = it.arrivals.next(clock.nowMs());
    if (nextMs === undefined || nextMs > untilMs) return;
    clock.after(nextMs - clock.nowMs(), () => {
      void invoke(run, it, version);
      goOn();
    });
  };
  goOn();
}

/** Looks at all workers, once a minute. */
function sample({ plane, tally, busyMiB }: Run): void {
  let idleMiB = 0;
  let usedMiB = 0;
  let fullestMiB = 0;
  let environments = 0;
  const workers = plane.placement.list();
  for (const it of workers) {
    idleMiB += it.idleMiB;
    usedMiB += it.usedMiB;
    environments += it.environments;
    fullestMiB = Math.max(fullestMiB, it.usedMiB);
  }
  tally.idleMiBMinutes += idleMiB;
  tally.busyMiBMinutes += busyMiB;
  tally.environmentsMax = Math.max(tally.environmentsMax, environments);
  if (usedMiB > 0) tally.imbalances.push((fullestMiB * workers.length) / usedMiB - 1);
}

/** Runs it to its end. */
export async function simulate(simulation: Simulation): Promise<Report> {
  const clock = createEventClock();
  const random = seededRandom(simulation.seed);
  const plane = createDataPlane({
    clock,
    random,
    feed: silentFeed,
    keepAlive: simulation.keepAlive,
    concurrentExecutions: () => simulation.concurrentExecutions,
    issueCredentials: () => ({ accessKeyId: "", secretAccessKey: "", sessionToken: "" }),
    // A trace's invocations are of whoever waits for them.
    acceptEvent: () => Promise.reject(new Fault("simulated invocations are synchronous")),
    onFault: () => undefined,
  });
  const initMs = new Map(simulation.workload.map((it) => [it.name, it.initMs]));
  const starts = { starts: 0, withCode: 0 };
  for (let index = 0; index < simulation.workers; index++) {
    const world = { clock, tally: starts, initMs: (name: string) => initMs.get(name) ?? 0 };
    const worker = simulatedWorker(`worker-${index}`, simulation.worker, world);
    plane.placement.take(worker);
    plane.placement.open(worker);
  }
  const untilMs = simulation.hours * HOUR_MS;
  const run: Run = { simulation, clock, plane, tally: emptyTally(), random, untilMs, busyMiB: 0 };
  for (const it of simulation.workload) follow(run, it);
  for (let minute = 1; minute * MINUTE_MS <= untilMs; minute++) {
    await clock.runUntil(minute * MINUTE_MS);
    sample(run);
    simulation.onMinute?.(minute);
  }
  return reportOf(run.tally, {
    functions: simulation.workload.length,
    workers: simulation.workers,
    simulatedHours: simulation.hours,
    localityShare: starts.starts === 0 ? 0 : starts.withCode / starts.starts,
  });
}
