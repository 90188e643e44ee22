// The assignment service: which environments exist for a function version, which is idle; leases one to one invocation.
import type { Feed } from "../../feed/feed.ts";
import type { Clock, Timer } from "../../foundation/clock.ts";
import { newHex } from "../../foundation/ids.ts";
import type { EnvironmentStarted } from "../../link/messages.ts";
import { deploymentId, functionKey, type FunctionVersion } from "../../model/function-version.ts";
import type { Placement, Worker } from "../placement/placement.ts";
import { environmentSpec, type IssueCredentials } from "./environment-spec.ts";
import { keepAliveMs, keepUntilMs } from "./keep-alive-policy.ts";

/** An environment promised to one invocation. Disposing gives it back, idle, unless it is gone. */
export interface Lease extends Disposable {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly worker: Worker;
  /** What the start took, where this lease's environment was started for it. */
  readonly started: EnvironmentStarted | undefined;
  /** The environment has ended by itself. */
  gone(): void;
  /** Nobody knows what the environment does now: it is ended, so that nothing of it stays on its worker. */
  abandon(): void;
}

/** An environment as `hearth status` shows it. */
export interface EnvironmentSummary {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly isIdle: boolean;
  /** Milliseconds by phase of its start; empty for one that was taken over from before a restart. */
  readonly phasesMs: Readonly<Record<string, number>>;
}

/** A function, whatever its version. */
export interface FunctionKey {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** The service. */
export interface Assignment {
  /** The most recently used idle environment of this very deployment, else a new one. Rejects when none can be made. */
  lease(version: FunctionVersion, signal: AbortSignal): Promise<Lease>;
  /** Takes over the environments that a worker reports when it joins. */
  adopt(worker: Worker): void;
  /** A worker has left: what it had is gone. */
  forget(worker: Worker): void;
  environmentGone(environmentId: string): void;
  /** Ends the idle environments of a function, or of one version of it, but for one deployment; busy ones end with their invocation. */
  retire(key: FunctionKey, only?: { readonly version?: string; readonly except?: string }): void;
  list(): readonly EnvironmentSummary[];
}

interface Known {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly worker: Worker;
  readonly bornAtMs: number;
  expiry: Timer | undefined;
  isRetired: boolean;
  phasesMs: Readonly<Record<string, number>>;
}

/** What the service stands on. `random` gives numbers in [0, 1). */
export interface AssignmentDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly placement: Placement;
  readonly issueCredentials: IssueCredentials;
  readonly feed: Feed;
  readonly onFault: (error: unknown) => void;
}

/** The service without any environment. */
export function createAssignment(deps: AssignmentDeps): Assignment {
  return new SoftState(deps);
}

/** Rebuilt from what workers report; nothing of it is stored. */
class SoftState implements Assignment {
  readonly #deps: AssignmentDeps;
  readonly #known = new Map<string, Known>();
  /** Idle environments by deployment; the last one was used last. */
  readonly #idle = new Map<string, Known[]>();

  constructor(deps: AssignmentDeps) {
    this.#deps = deps;
  }

  async lease(version: FunctionVersion, signal: AbortSignal): Promise<Lease> {
    const environment = this.#idle.get(deploymentId(version))?.pop();
    if (environment === undefined) return await this.#startNew(version, signal);
    environment.expiry?.[Symbol.dispose]();
    environment.expiry = undefined;
    return this.#leaseOf(environment, undefined);
  }

  adopt(worker: Worker): void {
    for (const { environmentId, deploymentId: deployment, isBusy, bornAtMs } of worker.hello.environments) {
      // A worker may join anew before the end of its old link is seen here.
      this.environmentGone(environmentId);
      const environment = this.#add(environmentId, deployment, worker, bornAtMs);
      // A busy one serves a caller that is gone: it is not waited for.
      if (isBusy) this.#end(environment);
      else this.#putIdle(environment);
    }
  }

  forget(worker: Worker): void {
    for (const environment of this.#known.values()) if (environment.worker === worker) this.#remove(environment);
  }

  environmentGone(environmentId: string): void {
    const environment = this.#known.get(environmentId);
    if (environment !== undefined) this.#remove(environment);
  }

  retire(key: FunctionKey, { version, except }: { readonly version?: string; readonly except?: string } = {}): void {
    const prefix = `${functionKey(key)}:${version === undefined ? "" : `${version}@`}`;
    for (const environment of this.#known.values()) {
      if (!environment.deploymentId.startsWith(prefix) || environment.deploymentId === except) continue;
      environment.isRetired = true;
      if (environment.expiry !== undefined) this.#end(environment);
    }
  }

  list(): readonly EnvironmentSummary[] {
    return [...this.#known.values()].map(({ environmentId, deploymentId: deployment, expiry, phasesMs }) => ({
      environmentId,
      deploymentId: deployment,
      isIdle: expiry !== undefined,
      phasesMs,
    }));
  }

  #add(environmentId: string, deployment: string, worker: Worker, bornAtMs: number): Known {
    const environment: Known = {
      environmentId,
      deploymentId: deployment,
      worker,
      bornAtMs,
      expiry: undefined,
      isRetired: false,
      phasesMs: {},
    };
    this.#known.set(environmentId, environment);
    return environment;
  }

  /** Not so when it is gone, or when its worker joined anew and brought it along. */
  #isKnown(environment: Known): boolean {
    return this.#known.get(environment.environmentId) === environment;
  }

  #remove(environment: Known): void {
    const { environmentId, deploymentId: deployment } = environment;
    environment.expiry?.[Symbol.dispose]();
    if (this.#isKnown(environment)) {
      this.#known.delete(environmentId);
      this.#deps.feed.publish({ event: "EnvironmentForgotten", environmentId, deploymentId: deployment });
    }
    const stack = this.#idle.get(deployment);
    const at = stack?.indexOf(environment) ?? -1;
    if (at >= 0) stack?.splice(at, 1);
    if (stack?.length === 0) this.#idle.delete(deployment);
  }

  #end(environment: Known): void {
    this.#remove(environment);
    environment.worker.stop(environment.environmentId).catch(this.#deps.onFault);
  }

  #putIdle(environment: Known): void {
    const { clock, random } = this.#deps;
    const keepMs = keepUntilMs(environment.bornAtMs, clock.nowMs(), keepAliveMs(random())) - clock.nowMs();
    if (environment.isRetired || keepMs <= 0) return this.#end(environment);
    environment.expiry = clock.after(keepMs, () => this.#end(environment));
    const stack = this.#idle.get(environment.deploymentId);
    if (stack === undefined) this.#idle.set(environment.deploymentId, [environment]);
    else stack.push(environment);
  }

  #leaseOf(environment: Known, started: EnvironmentStarted | undefined): Lease {
    let isHeld = true;
    const giveBack = (then: (environment: Known) => void) => (): void => {
      if (isHeld && this.#isKnown(environment)) then(environment);
      isHeld = false;
    };
    return {
      environmentId: environment.environmentId,
      deploymentId: environment.deploymentId,
      worker: environment.worker,
      started,
      gone: giveBack((it) => this.#remove(it)),
      abandon: giveBack((it) => this.#end(it)),
      [Symbol.dispose]: giveBack((it) => this.#putIdle(it)),
    };
  }

  async #startNew(version: FunctionVersion, signal: AbortSignal): Promise<Lease> {
    const { placement, feed, clock, issueCredentials } = this.#deps;
    const worker = await placement.choose(signal);
    const deployment = deploymentId(version);
    const environment = this.#add(newHex(16), deployment, worker, clock.nowMs());
    const { environmentId } = environment;
    feed.publish({
      event: "EnvironmentRequested",
      environmentId,
      deploymentId: deployment,
      workerId: worker.hello.workerId,
    });
    try {
      const started = await worker.start(environmentSpec(version, environment, clock.nowMs(), issueCredentials));
      environment.phasesMs = started.phasesMs;
      feed.publish({ event: "EnvironmentStarted", environmentId, deploymentId: deployment, ...started });
      return this.#leaseOf(environment, started);
    } catch (error) {
      // The worker may have got some way. Where it is gone itself, so is the environment.
      if (this.#isKnown(environment)) this.#end(environment);
      throw error;
    }
  }
}
