// Environments that are initialised ahead on workers, for versions whose environments are restored (SnapStart): which
// deployments may have some, so that they go with them.
import type { Clock } from "../../foundation/clock.ts";
import { newHex } from "../../foundation/ids.ts";
import { deploymentId, type FunctionVersion } from "../../model/function-version.ts";
import type { Placement, Readiness, Worker } from "../placement/placement.ts";
import { environmentSpec, type IssueCredentials } from "./environment-spec.ts";

/** What they stand on. */
export interface SnapshotsDeps {
  readonly clock: Clock;
  readonly placement: Pick<Placement, "workers">;
  readonly issueCredentials: IssueCredentials;
  /** Whether a deployment is one that new work may run on. */
  readonly isCurrent: (deploymentId: string) => boolean;
  readonly onFault: (error: unknown) => void;
}

/** Those of all workers. */
export class Snapshots {
  readonly #deps: SnapshotsDeps;
  /** Deployments of which something may have been initialised ahead. */
  readonly #deployments = new Set<string>();

  constructor(deps: SnapshotsDeps) {
    this.#deps = deps;
  }

  /** Initialises one ahead on a worker; what went wrong is the function's matter. */
  async take(version: FunctionVersion, worker: Worker): Promise<Readiness> {
    const { clock, isCurrent, issueCredentials } = this.#deps;
    const deployment = deploymentId(version);
    const at = { environmentId: newHex(16), deploymentId: deployment, qualifier: undefined };
    this.#deployments.add(deployment);
    const spec = environmentSpec(version, { ...at, initializationType: "snap-start" }, clock.nowMs(), issueCredentials);
    const readiness = await worker.snapshot(spec);
    // Deleted meanwhile.
    if (!isCurrent(deployment) && !this.#deployments.has(deployment)) await worker.dropSnapshots([deployment]);
    return readiness;
  }

  /** Those of deployments that are over end, on all workers. */
  drop(isMeant: (deploymentId: string) => boolean): void {
    const meant = [...this.#deployments].filter(isMeant);
    if (meant.length === 0) return;
    for (const it of meant) this.#deployments.delete(it);
    const { placement, onFault } = this.#deps;
    for (const worker of placement.workers()) worker.dropSnapshots(meant).catch(onFault);
  }
}
