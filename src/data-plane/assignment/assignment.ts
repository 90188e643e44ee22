// The assignment service: which environments exist for a function version, which is idle; leases one to one invocation.
import type { Clock, Timer } from "../../foundation/clock.ts";
import { newHex } from "../../foundation/ids.ts";
import type { EnvironmentStarted } from "../../link/messages.ts";
import { deploymentId, functionKey, type FunctionVersion } from "../../model/function-version.ts";
import type { Placement, Worker } from "../placement/placement.ts";
import { environmentSpec, type IssueCredentials } from "./environment-spec.ts";
import { keepAliveMs } from "./keep-alive-policy.ts";

/** An environment promised to one invocation. Disposing gives it back, idle, unless it is gone. */
export interface Lease extends Disposable {
  readonly environmentId: string;
  readonly worker: Worker;
  /** What the start took, where this lease's environment was started for it. */
  readonly started: EnvironmentStarted | undefined;
  /** The environment takes no other invocation. */
  gone(): void;
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
  /** Ends the idle environments of a function; busy ones end with their invocation. */
  retire(key: { accountId: string; region: string; functionName: string }, except?: string): void;
  list(): readonly { readonly environmentId: string; readonly deploymentId: string; readonly isIdle: boolean }[];
}

interface Known {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly worker: Worker;
  expiry: Timer | undefined;
  isRetired: boolean;
}

/** What the service stands on. `random` gives numbers in [0, 1). */
export interface AssignmentDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly placement: Placement;
  readonly issueCredentials: IssueCredentials;
  readonly onFault: (error: unknown) => void;
}

/** The service without any environment. */
export function createAssignment(deps: AssignmentDeps): Assignment {
  const known = new Map<string, Known>();
  /** Idle environments by deployment; the last one was used last. */
  const idle = new Map<string, Known[]>();

  function remove(environment: Known): void {
    environment.expiry?.[Symbol.dispose]();
    known.delete(environment.environmentId);
    const stack = idle.get(environment.deploymentId);
    const at = stack?.indexOf(environment) ?? -1;
    if (at >= 0) stack?.splice(at, 1);
    if (stack?.length === 0) idle.delete(environment.deploymentId);
  }

  function end(environment: Known): void {
    remove(environment);
    environment.worker.stop(environment.environmentId).catch(deps.onFault);
  }

  function putIdle(environment: Known): void {
    if (environment.isRetired) return end(environment);
    environment.expiry = deps.clock.after(keepAliveMs(deps.random()), () => end(environment));
    const stack = idle.get(environment.deploymentId);
    if (stack === undefined) idle.set(environment.deploymentId, [environment]);
    else stack.push(environment);
  }

  function leaseOf(environment: Known, started: EnvironmentStarted | undefined): Lease {
    let isHeld = true;
    return {
      environmentId: environment.environmentId,
      worker: environment.worker,
      started,
      gone() {
        isHeld = false;
        remove(environment);
      },
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        if (known.has(environment.environmentId)) putIdle(environment);
      },
    };
  }

  async function startNew(version: FunctionVersion, signal: AbortSignal): Promise<Lease> {
    const worker = await deps.placement.choose(signal);
    const environment: Known = {
      environmentId: newHex(16),
      deploymentId: deploymentId(version),
      worker,
      expiry: undefined,
      isRetired: false,
    };
    known.set(environment.environmentId, environment);
    try {
      const spec = environmentSpec(version, environment, deps.clock.nowMs(), deps.issueCredentials);
      return leaseOf(environment, await worker.start(spec));
    } catch (error) {
      remove(environment);
      throw error;
    }
  }

  return {
    async lease(version, signal) {
      const environment = idle.get(deploymentId(version))?.pop();
      if (environment === undefined) return await startNew(version, signal);
      environment.expiry?.[Symbol.dispose]();
      environment.expiry = undefined;
      return leaseOf(environment, undefined);
    },
    adopt(worker) {
      for (const { environmentId, deploymentId: deployment, isBusy } of worker.hello.environments) {
        const environment: Known = {
          environmentId,
          deploymentId: deployment,
          worker,
          expiry: undefined,
          isRetired: false,
        };
        known.set(environmentId, environment);
        // A busy one serves a caller that is gone: it is not waited for.
        if (isBusy) end(environment);
        else putIdle(environment);
      }
    },
    forget(worker) {
      for (const environment of known.values()) if (environment.worker === worker) remove(environment);
    },
    environmentGone(environmentId) {
      const environment = known.get(environmentId);
      if (environment !== undefined) remove(environment);
    },
    retire(key, except) {
      const prefix = `${functionKey(key)}:`;
      for (const environment of known.values()) {
        if (!environment.deploymentId.startsWith(prefix) || environment.deploymentId === except) continue;
        environment.isRetired = true;
        if (environment.expiry !== undefined) end(environment);
      }
    },
    list: () => {
      const idleIds = new Set([...idle.values()].flat().map((it) => it.environmentId));
      return [...known.values()].map((it) => ({
        environmentId: it.environmentId,
        deploymentId: it.deploymentId,
        isIdle: idleIds.has(it.environmentId),
      }));
    },
  };
}
