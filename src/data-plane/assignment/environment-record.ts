// An environment as assignment knows it, and as it is shown. Changed in place: every invoke changes its state twice.
import type { EnvironmentStarted, InitializationType, PoolLevel } from "../../link/messages.ts";
import type { Reservation, Worker } from "../placement/placement.ts";
import type { Expiring } from "./expiry-queue.ts";

/** Where an environment stands between its leases. One that is gone is not known any longer. */
export type EnvironmentState = "Starting" | "Idle" | "Busy";

/** What assignment keeps of one. */
export interface EnvironmentRecord extends Expiring {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly functionKey: string;
  readonly initializationType: InitializationType;
  /** Whose provisioned concurrency it is; undefined on demand. */
  readonly qualifier: string | undefined;
  /** The line of requests that it serves: its deployment's, or that of a qualifier's provisioned ones. */
  readonly queueKey: string;
  readonly worker: Worker;
  readonly reservation: Reservation;
  readonly bornAtMs: number;
  state: EnvironmentState;
  /** It serves whoever already waits for it, and then ends. */
  isRetired: boolean;
  lastUsedAtMs: number;
  started: EnvironmentStarted | undefined;
}

/** An environment as `hearth environments` shows it. */
export interface EnvironmentSummary {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly workerId: string;
  readonly state: EnvironmentState;
  readonly isIdle: boolean;
  readonly initializationType: InitializationType;
  readonly qualifier: string | undefined;
  /** Milliseconds by phase of its start; empty for one that was taken over from before a restart. */
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly poolLevel: PoolLevel | undefined;
  readonly poolMiss: string | undefined;
  readonly bornAtMs: number;
  readonly lastUsedAtMs: number;
}

/** Names the line that waits for environments of a deployment, or the provisioned ones of a qualifier of it. */
export function queueKeyOf(deploymentId: string, qualifier: string | undefined): string {
  return qualifier === undefined ? deploymentId : `${deploymentId}#${qualifier}`;
}

/** The function that a deployment is of, as `functionKey` names it. */
function functionKeyOf(deploymentId: string): string {
  return deploymentId.slice(0, deploymentId.lastIndexOf(":"));
}

/** One that starts, or that a worker reports, whatever it does there. */
export function newRecord(
  it: Pick<EnvironmentRecord, "environmentId" | "deploymentId" | "initializationType" | "qualifier" | "bornAtMs">,
  reservation: Reservation,
  nowMs: number,
): EnvironmentRecord {
  const { environmentId, deploymentId, initializationType, qualifier, bornAtMs } = it;
  return {
    environmentId,
    deploymentId,
    functionKey: functionKeyOf(deploymentId),
    initializationType,
    qualifier,
    queueKey: queueKeyOf(deploymentId, qualifier),
    worker: reservation.worker,
    reservation,
    bornAtMs,
    state: "Starting",
    isRetired: false,
    lastUsedAtMs: nowMs,
    started: undefined,
    expiresAtMs: undefined,
    queuedAtMs: undefined,
  };
}

/** What is shown of it. */
export function summaryOf(it: EnvironmentRecord): EnvironmentSummary {
  return {
    environmentId: it.environmentId,
    deploymentId: it.deploymentId,
    workerId: it.worker.hello.workerId,
    state: it.state,
    isIdle: it.state === "Idle",
    initializationType: it.initializationType,
    qualifier: it.qualifier,
    phasesMs: it.started?.phasesMs ?? {},
    poolLevel: it.started?.poolLevel,
    poolMiss: it.started?.poolMiss,
    bornAtMs: it.bornAtMs,
    lastUsedAtMs: it.lastUsedAtMs,
  };
}
