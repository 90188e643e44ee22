// Keeps each qualifier's provisioned concurrency allocated: asks `allocate` what to do whenever something has changed.
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { ProvisionedStatus } from "../../model/concurrency.ts";
import { deploymentId, functionKey, type FunctionVersion } from "../../model/function-version.ts";
import type { EnvironmentRecord } from "./environment-record.ts";
import { AGE_MS_MAX } from "./keep-alive-policy.ts";
import { ServiceException } from "../../model/operation.ts";
import {
  allocate,
  type Allocation,
  givesWay,
  type Provisioned,
  retryDelayMs,
  statusOf,
} from "./provisioned-allocation.ts";
import { noMaximum, type RecentMaximum, recentMaximum, recordValue } from "./recent-maximum.ts";

/** A function, whatever its version. */
export interface FunctionKey {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
}

/** What one qualifier wants. */
export interface ProvisionedTarget {
  /** An alias or a version. */
  readonly qualifier: string;
  readonly requested: number;
  /** What the qualifier runs now; undefined: nothing that could. */
  readonly version: FunctionVersion | undefined;
}

/** How much of a qualifier's environments is in use. */
export interface ProvisionedUse {
  readonly requested: number;
  /** The most that were in use at once within the last minute. */
  readonly maxInUse: number;
}

/** What allocation needs to have done. */
export interface ProvisionedDeps {
  readonly clock: Clock;
  /** Rejects when the start fails; `signal` calls it off while there is no worker for it. */
  readonly start: (version: FunctionVersion, qualifier: string, signal: AbortSignal) => Promise<EnvironmentRecord>;
  /** Not so when its worker has left meanwhile. */
  readonly isKnown: (environment: EnvironmentRecord) => boolean;
  /** It takes invocations from now on. */
  readonly setFree: (environment: EnvironmentRecord) => void;
  readonly end: (environment: EnvironmentRecord) => void;
  /** Ends it, after the work that it has. */
  readonly retire: (environment: EnvironmentRecord) => void;
  /** How many environments of a qualifier can take an invocation at once or have one. */
  readonly onReady: (key: FunctionKey, qualifier: string, ready: number) => void;
  readonly onFault: (error: unknown) => void;
}

interface Starting {
  readonly deploymentId: string;
  readonly abort: AbortController;
}

interface Target {
  readonly key: FunctionKey;
  readonly qualifier: string;
  requested: number;
  version: FunctionVersion | undefined;
  readonly starting: Map<string, Starting>;
  readonly environments: Map<string, EnvironmentRecord>;
  readonly recent: RecentMaximum;
  inUse: number;
  ready: number;
  failures: number;
  failure: string | undefined;
  retryAtMs: number;
  timer: Timer | undefined;
}

/** All qualifiers with provisioned concurrency. */
export class ProvisionedConcurrency {
  readonly #deps: ProvisionedDeps;
  readonly #functions = new Map<string, Map<string, Target>>();
  #serial = 0;

  constructor(deps: ProvisionedDeps) {
    this.#deps = deps;
  }

  /** What a function's qualifiers want from now on; those that are not named want nothing. */
  provision(key: FunctionKey, targets: readonly ProvisionedTarget[]): void {
    const name = functionKey(key);
    const known = this.#functions.get(name) ?? new Map<string, Target>();
    for (const [qualifier, target] of known) {
      if (targets.some((it) => it.qualifier === qualifier)) continue;
      target.requested = 0;
      this.#reconcile(target);
      known.delete(qualifier);
    }
    for (const { qualifier, requested, version } of targets) {
      const target = known.get(qualifier) ?? newTarget(key, qualifier);
      known.set(qualifier, target);
      if (deploymentOf(target) !== (version && deploymentId(version))) forgetFailures(target);
      target.requested = requested;
      target.version = version;
      this.#reconcile(target);
    }
    if (known.size === 0) this.#functions.delete(name);
    else this.#functions.set(name, known);
  }

  /** Takes one over that a worker reports; false when no qualifier wants it. */
  adopt(environment: EnvironmentRecord): boolean {
    const target = this.#targetOf(environment);
    if (target === undefined) return false;
    target.environments.set(environment.environmentId, environment);
    return true;
  }

  /** Looks at all of them: environments were taken over or retired. */
  reconcile(): void {
    for (const targets of this.#functions.values()) for (const target of targets.values()) this.#reconcile(target);
  }

  /** One of its environments begins or ends an invocation. */
  used(environment: EnvironmentRecord, by: 1 | -1): void {
    const target = this.#targetOf(environment);
    if (target?.environments.has(environment.environmentId) !== true) return;
    target.inUse += by;
    recordValue(target.recent, target.inUse, this.#deps.clock.elapsedMs());
  }

  /** An environment is gone, whatever it was; one that was busy is in use no longer. */
  gone(environment: EnvironmentRecord): void {
    const target = this.#targetOf(environment);
    if (target === undefined || !target.environments.has(environment.environmentId)) return;
    if (environment.state === "Busy") this.used(environment, -1);
    target.environments.delete(environment.environmentId);
    this.#reconcile(target);
  }

  status(key: FunctionKey, qualifier: string): ProvisionedStatus | undefined {
    const target = this.#functions.get(functionKey(key))?.get(qualifier);
    return target === undefined ? undefined : statusOf(this.#allocationOf(target), target.failure);
  }

  use(key: FunctionKey, qualifier: string): ProvisionedUse | undefined {
    const target = this.#functions.get(functionKey(key))?.get(qualifier);
    if (target === undefined) return undefined;
    return { requested: target.requested, maxInUse: recentMaximum(target.recent, this.#deps.clock.elapsedMs()) };
  }

  #targetOf({ functionKey: name, qualifier }: EnvironmentRecord): Target | undefined {
    return qualifier === undefined ? undefined : this.#functions.get(name)?.get(qualifier);
  }

  #allocationOf(target: Target): Allocation {
    const starting = [...target.starting].map(
      ([environmentId, it]): Provisioned => ({
        environmentId,
        deploymentId: it.deploymentId,
        state: "Starting",
        bornAtMs: Infinity,
      }),
    );
    return {
      requested: target.requested,
      deploymentId: deploymentOf(target),
      environments: [...starting, ...[...target.environments.values()].filter((it) => !it.isRetired)],
      retryAtMs: target.retryAtMs,
      bornAfterMs: this.#deps.clock.nowMs() - AGE_MS_MAX,
    };
  }

  #reconcile(target: Target): void {
    const { clock, retire } = this.#deps;
    const step = allocate(this.#allocationOf(target), clock.nowMs());
    for (const id of step.end) {
      const starting = target.starting.get(id);
      const environment = target.environments.get(id);
      target.starting.delete(id);
      starting?.abort.abort(new Error("it is not wanted any longer"));
      if (environment !== undefined) retire(environment);
    }
    for (let started = 0; started < step.start; started++) void this.#start(target);
    this.#tellReady(target);
    this.#arm(target);
  }

  #tellReady(target: Target): void {
    const deployment = deploymentOf(target);
    const all = [...target.environments.values()];
    const ready = all.filter((it) => it.deploymentId === deployment && !it.isRetired).length;
    if (ready === target.ready) return;
    target.ready = ready;
    this.#deps.onReady(target.key, target.qualifier, ready);
  }

  /** Looks again when a start may be tried anew, or when the oldest environment is to be replaced. */
  #arm(target: Target): void {
    const { clock } = this.#deps;
    target.timer?.[Symbol.dispose]();
    target.timer = undefined;
    const nowMs = clock.nowMs();
    const births = [...target.environments.values()]
      .filter((it) => !it.isRetired)
      .map((it) => it.bornAtMs + AGE_MS_MAX);
    const due = [target.retryAtMs, ...births].filter((atMs) => atMs > nowMs);
    if (target.requested === 0 || due.length === 0) return;
    target.timer = clock.after(Math.min(...due) - nowMs, () => this.#reconcile(target));
  }

  async #start(target: Target): Promise<void> {
    const { version, qualifier } = target;
    if (version === undefined) return;
    const id = `start ${++this.#serial}`;
    const abort = new AbortController();
    target.starting.set(id, { deploymentId: deploymentId(version), abort });
    try {
      const environment = await this.#deps.start(version, qualifier, abort.signal);
      target.starting.delete(id);
      // One that nobody wants any more says nothing of those that are wanted, even when it failed.
      if (abort.signal.aborted || environment.isRetired) this.#deps.end(environment);
      else if (environment.started?.initialised !== true) {
        this.#deps.end(environment);
        this.#failed(target, "FUNCTION_ERROR_INIT_FAILURE");
      } else if (this.#deps.isKnown(environment)) {
        forgetFailures(target);
        target.environments.set(environment.environmentId, environment);
        this.#deps.setFree(environment);
      }
    } catch (error) {
      target.starting.delete(id);
      if (abort.signal.aborted) return;
      this.#deps.onFault(error);
      if (!(error instanceof ServiceException && this.#giveWay(target))) this.#failed(target, target.failure);
    }
    this.#reconcile(target);
  }

  /** No worker had room: one that is to be replaced makes some, where there is one. */
  #giveWay(target: Target): boolean {
    const id = givesWay(this.#allocationOf(target));
    const environment = id === undefined ? undefined : target.environments.get(id);
    if (environment === undefined) return false;
    this.#deps.retire(environment);
    return true;
  }

  #failed(target: Target, failure: string | undefined): void {
    target.failure = failure;
    const nowMs = this.#deps.clock.nowMs();
    // Those that were started together fail together, which is one failure.
    if (nowMs < target.retryAtMs) return;
    target.failures += 1;
    target.retryAtMs = nowMs + retryDelayMs(target.failures);
  }
}

function newTarget(key: FunctionKey, qualifier: string): Target {
  return {
    key,
    qualifier,
    requested: 0,
    version: undefined,
    starting: new Map(),
    environments: new Map(),
    recent: noMaximum(),
    inUse: 0,
    ready: 0,
    failures: 0,
    failure: undefined,
    retryAtMs: 0,
    timer: undefined,
  };
}

function deploymentOf({ version }: Target): string | undefined {
  return version && deploymentId(version);
}

function forgetFailures(target: Target): void {
  target.failures = 0;
  target.failure = undefined;
  target.retryAtMs = 0;
}
