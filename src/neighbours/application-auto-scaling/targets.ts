// Scalable targets: register, deregister, describe.
import type {
  DeregisterScalableTargetRequest,
  DescribeScalableTargetsRequest,
  DescribeScalableTargetsResponse,
  RegisterScalableTargetRequest,
  RegisterScalableTargetResponse,
} from "@aws-sdk/client-application-auto-scaling";
import { newHex } from "../../foundation/ids.ts";
import type { RequestContext } from "../../model/operation.ts";
import { applyBounds } from "./scaler/capacity-change.ts";
import { checkMembers, objectNotFound, validation } from "./exceptions.ts";
import { page } from "./page.ts";
import type { ScalingParts } from "./parts.ts";
import {
  inWords,
  isAsked,
  namedResource,
  namespaceConstraint,
  resourceMembers,
  type ScalableResource,
  scaledFunction,
} from "./scalable-resource.ts";
import type { ScalableTarget } from "./scaling-records.ts";
import { checkTags } from "./tag-rules.ts";

/** Source: API reference, DescribeScalableTargets. */
const RESULTS_MAX = 50;
const NOT_SUSPENDED = { scaleIn: false, scaleOut: false, scheduled: false };

/** The target that a request names. Throws ObjectNotFoundException. */
export async function existingTarget(parts: ScalingParts, resource: ScalableResource): Promise<ScalableTarget> {
  const found = await parts.store.target(resource);
  if (found === undefined) throw objectNotFound(`No scalable target registered for ${inWords(resource)}`);
  return found;
}

/** Throws ValidationException for bounds that are none. */
export function checkBounds(min: number, max: number): void {
  if (min < 0) throw validation("Minimum capacity cannot be less than 0");
  if (max < min) throw validation("Maximum capacity cannot be less than minimum capacity");
}

function newTarget(resource: ScalableResource, createdAtMs: number): Omit<ScalableTarget, "min" | "max"> {
  const { accountId, region } = resource;
  return {
    ...resource,
    arn: `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${newHex(18)}`,
    roleArn: `arn:aws:iam::${accountId}:role/aws-service-role/lambda.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency`,
    createdAtMs,
    suspended: NOT_SUSPENDED,
    tags: {},
  };
}

/** What a registration makes of what is there. Throws ValidationException. */
function registered(
  before: ScalableTarget | undefined,
  resource: ScalableResource,
  input: RegisterScalableTargetRequest,
  nowMs: number,
): ScalableTarget {
  const base = before ?? newTarget(resource, nowMs);
  const { MinCapacity: min = before?.min, MaxCapacity: max = before?.max, SuspendedState: state } = input;
  if (min === undefined || max === undefined) {
    throw validation("MinCapacity and MaxCapacity must be specified to register a new scalable target");
  }
  checkBounds(min, max);
  const suspended = {
    scaleIn: state?.DynamicScalingInSuspended ?? base.suspended.scaleIn,
    scaleOut: state?.DynamicScalingOutSuspended ?? base.suspended.scaleOut,
    scheduled: state?.ScheduledScalingSuspended ?? base.suspended.scheduled,
  };
  return { ...base, min, max, suspended, tags: before?.tags ?? { ...input.Tags } };
}

/** The operation; on a target that is there already, what is not named stays. The role is always the service's own. */
export async function registerScalableTarget(
  parts: ScalingParts,
  input: RegisterScalableTargetRequest,
  context: RequestContext,
): Promise<RegisterScalableTargetResponse> {
  const resource = namedResource(input, context);
  const scaled = scaledFunction(resource);
  if (scaled === undefined || parts.capacity.requested(scaled) === undefined) {
    throw validation(`Lambda function version or alias doesn't exist: ${resource.resourceId}`);
  }
  return await parts.serially(resource, async () => {
    const target = registered(await parts.store.target(resource), resource, input, parts.clock.nowMs());
    checkTags(target.arn, target.tags);
    await parts.store.putTarget(target);
    await applyBounds(parts, target);
    return { ScalableTargetARN: target.arn };
  });
}

/** The operation; policies and scheduled actions go along, the capacity stays as it is. */
export async function deregisterScalableTarget(
  parts: ScalingParts,
  input: DeregisterScalableTargetRequest,
  context: RequestContext,
): Promise<object> {
  const resource = namedResource(input, context);
  await parts.serially(resource, async () => {
    await existingTarget(parts, resource);
    await parts.store.removeTarget(resource);
  });
  return {};
}

/** The operation. */
export async function describeScalableTargets(
  parts: ScalingParts,
  input: DescribeScalableTargetsRequest,
  context: RequestContext,
): Promise<DescribeScalableTargetsResponse> {
  checkMembers([
    namespaceConstraint(input.ServiceNamespace),
    { name: "resourceIds", value: input.ResourceIds, length: [0, 50] },
  ]);
  const all = isAsked(input) ? await parts.store.targets(context) : [];
  const { ResourceIds: ids = [] } = input;
  const asked = all.filter((it) => ids.length === 0 || ids.includes(it.resourceId));
  const { items, next } = page(asked, input, RESULTS_MAX);
  return {
    ScalableTargets: items.map((it) => ({
      ...resourceMembers(it),
      MinCapacity: it.min,
      MaxCapacity: it.max,
      RoleARN: it.roleArn,
      CreationTime: new Date(it.createdAtMs),
      SuspendedState: {
        DynamicScalingInSuspended: it.suspended.scaleIn,
        DynamicScalingOutSuspended: it.suspended.scaleOut,
        ScheduledScalingSuspended: it.suspended.scheduled,
      },
      ScalableTargetARN: it.arn,
    })),
    ...next,
  };
}
