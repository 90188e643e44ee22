// The assignment service: which environments exist for a function version, which is idle; leases one to one invocation.
import type { Feed } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { ReportedEnvironment } from "../../link/messages.ts";
import type { ProvisionedStatus } from "../../model/concurrency.ts";
import { deploymentId, functionKey, type FunctionVersion } from "../../model/function-version.ts";
import { tooManyRequests } from "../../model/throttle.ts";
import type { AnswerAhead, Placement, Readiness, Worker, WorkerAnswer } from "../placement/placement.ts";
import { DebugPorts } from "./debug-ports.ts";
import {
  type EnvironmentRecord,
  type EnvironmentSummary,
  newRecord,
  queueKeyOf,
  summaryOf,
} from "./environment-record.ts";
import type { IssueCredentials } from "./environment-spec.ts";
import { IdleTimes } from "./idle-times.ts";
import {
  AGE_MS_MAX,
  createAdaptiveKeepAlive,
  createFixedKeepAlive,
  type KeepAlivePolicy,
} from "./keep-alive-policy.ts";
import { KnownEnvironments } from "./known-environments.ts";
import { LeaseQueue } from "./lease-queue.ts";
import { EnvironmentLease, type Lease, type LeaseEnds } from "./lease.ts";
import {
  type FunctionKey,
  ProvisionedConcurrency,
  type ProvisionedTarget,
  type ProvisionedUse,
} from "./provisioned-concurrency.ts";
import { Snapshots } from "./snapshots.ts";
import { type StartDeps, startEnvironment } from "./start-environment.ts";

export { createAdaptiveKeepAlive, createFixedKeepAlive };
export type { AnswerAhead, WorkerAnswer };
export type { EnvironmentSummary, FunctionKey, KeepAlivePolicy, Lease, ProvisionedTarget, ProvisionedUse };

/** The service. */
export interface Assignment {
  /**
   * The most recently used idle environment of this very deployment, else whichever comes first: a new one, or one set free.
   * `provisionedFor` is the qualifier whose provisioned environments an invocation was admitted to.
   * Rejects when none can be made, with TooManyRequestsException when the function may start no more for now.
   */
  lease(version: FunctionVersion, signal: AbortSignal, provisionedFor?: string): Promise<Lease>;
  /** Takes over the environments that a worker reports when it joins, and gives it work from then on. */
  adopt(worker: Worker): void;
  /** A worker has left: what it had is gone. */
  forget(worker: Worker): void;
  environmentGone(environmentId: string): void;
  /** Ends the idle environments of a function, or of one version of it, but for one deployment; busy ones end with their invocation. */
  retire(key: FunctionKey, only?: { readonly version?: string; readonly except?: string }): void;
  /** What a function's qualifiers want ready at all times, from now on; those that are not named want nothing. */
  provision(key: FunctionKey, targets: readonly ProvisionedTarget[]): void;
  /** undefined where the qualifier has no provisioned concurrency. */
  provisionedStatus(key: FunctionKey, qualifier: string): ProvisionedStatus | undefined;
  provisionedUse(key: FunctionKey, qualifier: string): ProvisionedUse | undefined;
  /**
   * New environments of a function wait for a debugger that comes by this port, and its present ones end, until disposal.
   * undefined: a debugger is waited for already.
   */
  debug(key: FunctionKey, port: number): Disposable | undefined;
  /** Initialises an environment of a version ahead on a worker; what went wrong is the function's matter. */
  snapshot(version: FunctionVersion, worker: Worker): Promise<Readiness>;
  /** The worker gets nothing new; what it has ends when it is idle. False when there is no such worker. */
  drainWorker(workerId: string): boolean;
  list(): readonly EnvironmentSummary[];
}

/** What the service stands on. `random` gives numbers in [0, 1). */
export interface AssignmentDeps extends Pick<StartDeps, "clock" | "feed" | "placement" | "issueCredentials"> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly placement: Placement;
  readonly issueCredentials: IssueCredentials;
  readonly feed: Feed;
  readonly keepAlive: KeepAlivePolicy;
  /** Whether a function may start one more environment on demand now: counting's scaling rate. */
  readonly admitStart: (key: FunctionKey) => boolean;
  /** How many provisioned environments of a qualifier are ready, busy ones included. */
  readonly onProvisionedReady: (key: FunctionKey, qualifier: string, ready: number) => void;
  /** Whether a deployment is one that new work may run on. */
  readonly isCurrent: (deploymentId: string) => boolean;
  readonly onFault: (error: unknown) => void;
}

/** The service without any environment. */
export function createAssignment(deps: AssignmentDeps): Assignment {
  return new SoftState(deps);
}

/** Rebuilt from what workers report; nothing of it is stored. */
class SoftState implements Assignment, LeaseEnds {
  readonly #deps: AssignmentDeps;
  readonly #startDeps: StartDeps;
  readonly #known = new KnownEnvironments();
  readonly #queues = new Map<string, LeaseQueue>();
  readonly #idleTimes: IdleTimes;
  readonly #provisioned: ProvisionedConcurrency;
  readonly #debugPorts = new DebugPorts((key) => this.retire(key));
  readonly #snapshots: Snapshots;

  constructor(deps: AssignmentDeps) {
    this.#deps = deps;
    this.#idleTimes = new IdleTimes(deps, (environment) => this.end(environment));
    this.#snapshots = new Snapshots(deps);
    this.#startDeps = {
      ...deps,
      add: (environment) => this.#add(environment),
      end: (environment) => this.end(environment),
      isKnown: (environment) => this.#known.has(environment),
      evict: (environmentId) => {
        const environment = this.#known.get(environmentId);
        if (environment !== undefined) this.end(environment);
      },
      debugPortOf: (version) => this.#debugPorts.of(version),
      onRestored: (version, worker) => void this.snapshot(version, worker).catch(deps.onFault),
    };
    this.#provisioned = new ProvisionedConcurrency({
      clock: deps.clock,
      start: (version, qualifier, signal) =>
        startEnvironment(this.#startDeps, { version, qualifier, onPlaced: () => undefined }, signal),
      isKnown: (environment) => this.#known.has(environment),
      setFree: (environment) => this.setFree(environment),
      end: (environment) => this.end(environment),
      retire: (environment) => this.#retireOne(environment),
      onReady: deps.onProvisionedReady,
      onFault: deps.onFault,
    });
  }

  async lease(version: FunctionVersion, signal: AbortSignal, provisionedFor?: string): Promise<Lease> {
    const deployment = deploymentId(version);
    const environment =
      (provisionedFor === undefined ? undefined : this.#takeIdle(queueKeyOf(deployment, provisionedFor))) ??
      this.#takeIdle(deployment);
    if (environment !== undefined) return this.#leaseOf(environment, false);
    return await this.#waitForOne(version, deployment, signal);
  }

  adopt(worker: Worker): void {
    for (const reported of worker.hello.environments) this.#adoptOne(worker, reported);
    this.#provisioned.reconcile();
    this.#deps.placement.open(worker);
  }

  forget(worker: Worker): void {
    for (const environment of this.#known.on(worker)) this.remove(environment);
  }

  environmentGone(environmentId: string): void {
    const environment = this.#known.get(environmentId);
    if (environment !== undefined) this.remove(environment);
  }

  snapshot(version: FunctionVersion, worker: Worker): Promise<Readiness> {
    return this.#snapshots.take(version, worker);
  }

  retire(key: FunctionKey, { version, except }: { readonly version?: string; readonly except?: string } = {}): void {
    const name = functionKey(key);
    const prefix = `${name}:${version === undefined ? "" : `${version}@`}`;
    const isMeant = (deployment: string): boolean => deployment.startsWith(prefix) && deployment !== except;
    for (const environment of this.#known.of(name)) if (isMeant(environment.deploymentId)) this.#retireOne(environment);
    this.#snapshots.drop(isMeant);
    if (version === undefined) this.#idleTimes.forget(name);
  }

  provision(key: FunctionKey, targets: readonly ProvisionedTarget[]): void {
    this.#provisioned.provision(key, targets);
  }

  provisionedStatus(key: FunctionKey, qualifier: string): ProvisionedStatus | undefined {
    return this.#provisioned.status(key, qualifier);
  }

  provisionedUse(key: FunctionKey, qualifier: string): ProvisionedUse | undefined {
    return this.#provisioned.use(key, qualifier);
  }

  debug(key: FunctionKey, port: number): Disposable | undefined {
    return this.#debugPorts.open(key, port);
  }

  drainWorker(workerId: string): boolean {
    const worker = this.#deps.placement.drain(workerId);
    if (worker === undefined) return false;
    for (const environment of this.#known.on(worker)) this.#retireOne(environment);
    this.#provisioned.reconcile();
    return true;
  }

  list(): readonly EnvironmentSummary[] {
    return this.#known.all().map(summaryOf);
  }

  /** Gives it to whoever has waited the longest; else it is idle, unless its time is over. */
  setFree(environment: EnvironmentRecord): void {
    if (!this.#known.has(environment)) return;
    const nowMs = this.#deps.clock.nowMs();
    const isNew = environment.state === "Starting";
    if (environment.state === "Busy") {
      environment.lastUsedAtMs = nowMs;
      if (environment.qualifier !== undefined) this.#provisioned.used(environment, -1);
    }
    const isOld = !isNew && environment.qualifier === undefined && nowMs - environment.bornAtMs >= AGE_MS_MAX;
    const waiter = isOld ? undefined : this.#queues.get(environment.queueKey)?.nextWaiter();
    if (waiter !== undefined) return waiter.deferred.resolve(this.#leaseOf(environment, isNew));
    if (isOld || environment.isRetired) return this.end(environment);
    this.#putIdle(environment);
  }

  remove(environment: EnvironmentRecord): void {
    const { environmentId, deploymentId: deployment, functionKey: name, queueKey } = environment;
    environment.expiresAtMs = undefined;
    environment.reservation[Symbol.dispose]();
    const queue = this.#queues.get(queueKey);
    queue?.removeIdle(environment);
    if (queue?.isEmpty() === true) this.#queues.delete(queueKey);
    if (!this.#known.has(environment)) return;
    this.#known.remove(environment);
    if (!this.#known.hasAnyOf(name)) this.#idleTimes.lastGone(environment);
    this.#deps.feed.publish({ event: "EnvironmentForgotten", environmentId, deploymentId: deployment });
    this.#provisioned.gone(environment);
  }

  end(environment: EnvironmentRecord): void {
    // Where its worker is gone itself, so is the environment.
    if (!this.#known.has(environment)) return;
    this.remove(environment);
    environment.worker.stop(environment.environmentId).catch(this.#deps.onFault);
  }

  #add(environment: EnvironmentRecord): void {
    // What was retired while this one waited for a worker: it could not be told.
    environment.isRetired ||= !this.#deps.isCurrent(environment.deploymentId);
    this.#known.add(environment);
  }

  #retireOne(environment: EnvironmentRecord): void {
    environment.isRetired = true;
    if (environment.state === "Idle") this.end(environment);
  }

  #adoptOne(worker: Worker, reported: ReportedEnvironment): void {
    const { environmentId, deploymentId: deployment, bornAtMs, initializationType, qualifier } = reported;
    // A worker may join anew before the end of its old link is seen here.
    this.environmentGone(environmentId);
    const reservation = this.#deps.placement.reserve(worker, environmentId, reported);
    if (reservation === undefined) return;
    const environment = newRecord(reported, reservation, this.#deps.clock.nowMs());
    this.#add(environment);
    const isWanted =
      this.#deps.isCurrent(deployment) &&
      (initializationType === "provisioned-concurrency"
        ? qualifier !== undefined && this.#provisioned.adopt(environment)
        : this.#deps.clock.nowMs() - bornAtMs < AGE_MS_MAX);
    // A busy one serves a caller that is gone: it is not waited for.
    if (reported.isBusy || !isWanted) this.end(environment);
    else this.#putIdle(environment);
  }

  #queueOf(queueKey: string): LeaseQueue {
    const queue = this.#queues.get(queueKey) ?? new LeaseQueue();
    this.#queues.set(queueKey, queue);
    return queue;
  }

  #putIdle(environment: EnvironmentRecord): void {
    environment.state = "Idle";
    this.#idleTimes.begin(environment);
    this.#queueOf(environment.queueKey).putIdle(environment);
    // Last: whoever waits for room may have it ended for that at once.
    environment.reservation.idle(environment.qualifier === undefined);
  }

  #takeIdle(queueKey: string): EnvironmentRecord | undefined {
    const environment = this.#queues.get(queueKey)?.takeIdle();
    if (environment === undefined) return undefined;
    environment.reservation.busy();
    this.#idleTimes.used(environment);
    return environment;
  }

  #leaseOf(environment: EnvironmentRecord, isNew: boolean): Lease {
    environment.state = "Busy";
    if (environment.qualifier !== undefined) this.#provisioned.used(environment, 1);
    return new EnvironmentLease(environment, isNew ? environment.started : undefined, this);
  }

  async #waitForOne(version: FunctionVersion, deployment: string, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    const wantsStart = this.#queues.get(deployment)?.wantsStart() ?? true;
    if (wantsStart && !this.#deps.admitStart(version)) throw tooManyRequests("FunctionInvocationRateLimitExceeded");
    const name = functionKey(version);
    if (!this.#known.hasAnyOf(name)) this.#idleTimes.firstWanted(name);
    const queue = this.#queueOf(deployment);
    const lease = queue.wait(signal);
    if (wantsStart) void this.#startFor(queue, version);
    return await lease;
  }

  async #startFor(queue: LeaseQueue, version: FunctionVersion): Promise<void> {
    const start = queue.beginStart();
    const onPlaced = (): void => {
      start.isPlaced = true;
    };
    try {
      const request = { version, qualifier: undefined, onPlaced };
      const environment = await startEnvironment(this.#startDeps, request, start.placing.signal);
      queue.endStart(start);
      this.setFree(environment);
    } catch (error) {
      queue.endStart(start);
      queue.fail(error instanceof Error ? error : new Error(String(error)));
      if (queue.isEmpty()) this.#queues.delete(deploymentId(version));
    }
  }
}
