// What is remembered of scaling, as plain data: targets, policies, scheduled actions, activities.
import type { ScalableResource } from "./scalable-resource.ts";

/** The bounds within which a resource is scaled. */
export interface ScalableTarget extends ScalableResource {
  readonly arn: string;
  readonly roleArn: string;
  readonly min: number;
  readonly max: number;
  readonly createdAtMs: number;
  readonly suspended: { readonly scaleIn: boolean; readonly scaleOut: boolean; readonly scheduled: boolean };
  readonly tags: Readonly<Record<string, string>>;
}

/** Keeps the utilisation of provisioned concurrency near a value. */
export interface ScalingPolicy extends ScalableResource {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  /** The share of the environments that is to be in use. */
  readonly targetValue: number;
  readonly scaleOutCooldownSeconds: number | undefined;
  readonly scaleInCooldownSeconds: number | undefined;
  readonly isScaleInDisabled: boolean | undefined;
  /** Names of the alarms that AWS would watch the metric with. */
  readonly alarmHigh: string;
  readonly alarmLow: string;
}

/** Changes a target's bounds at certain times. */
export interface ScheduledAction extends ScalableResource {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  readonly schedule: string;
  readonly timezone: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** When it takes place next; undefined when it never does again. */
  readonly nextAtMs: number | undefined;
}

/** Something that scaling has done, or tried to. */
export interface ScalingActivity extends ScalableResource {
  readonly id: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly description: string;
  readonly cause: string;
  readonly status: "InProgress" | "Successful" | "Overridden" | "Unfulfilled" | "Failed";
  readonly message: string;
  /** The capacity that it set; undefined when it changed bounds alone. */
  readonly capacity: number | undefined;
}
