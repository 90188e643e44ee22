// What Application Auto Scaling stands on, as it declares it; main passes the real things in.
import type { Clock } from "../../foundation/clock.ts";
import type { Serially } from "../../foundation/serially.ts";
import type { AutoScalingStore } from "./auto-scaling-store.ts";
import type { ScalableResource, ScaledFunction } from "./scalable-resource.ts";

/** The capacity that is scaled: environments that are kept ready. */
export interface ProvisionedCapacity {
  /** How many are asked for, 0 where none are; undefined where the version or alias is not there. */
  requested(target: ScaledFunction): number | undefined;
  /** How far the environments have come; undefined where nothing is known of them. */
  status(target: ScaledFunction): "IN_PROGRESS" | "READY" | "FAILED" | undefined;
  /** Asks for so many; 0 for none. Throws a ServiceException when that can't be. */
  set(target: ScaledFunction, requested: number): Promise<void>;
}

/**
 * The last minute's use of a version's or alias's environments: how many were asked for, and how many were in use at most.
 * Undefined where there is no figure: AWS's metric has none for a minute without an invocation, and then nothing is scaled.
 */
export type ReadProvisionedUse = (
  accountId: string,
  region: string,
  functionName: string,
  qualifier: string,
) => { readonly requested: number; readonly maxInUse: number } | undefined;

/** Passed to every operation. */
export interface ScalingParts {
  readonly store: AutoScalingStore;
  readonly clock: Clock;
  readonly capacity: ProvisionedCapacity;
  readonly provisionedUse: ReadProvisionedUse;
  /** Told of what went wrong where no client waits for the answer. */
  readonly onFault: (error: unknown) => void;
  /** Runs changes of one resource one after the other. */
  readonly serially: Serially<ScalableResource>;
}
