// Application Auto Scaling, as far as Lambda goes: provisioned concurrency by schedule and by utilisation.
import { type Operation, operation, type RequestContext, type Service } from "../../model/operation.ts";
import { describeScalingActivities } from "./activities.ts";
import type { ScalingParts } from "./parts.ts";
import { deleteScalingPolicy, describeScalingPolicies, putScalingPolicy } from "./policies.ts";
import { createScaler, type Scaler } from "./scaler/scaler.ts";
import { deleteScheduledAction, describeScheduledActions, putScheduledAction } from "./scheduled-actions.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";
import { deregisterScalableTarget, describeScalableTargets, registerScalableTarget } from "./targets.ts";

/** The service, and what it does by itself. */
export interface ApplicationAutoScaling extends Scaler {
  readonly service: Service;
}

/** The service over its parts; nothing is scaled by itself before `start`. */
export function createApplicationAutoScaling(parts: ScalingParts): ApplicationAutoScaling {
  const on = <Input, Output extends object>(
    handler: (parts: ScalingParts, input: Input, context: RequestContext) => Promise<Output>,
  ): Operation => operation((input: Input, context) => handler(parts, input, context));
  return {
    ...createScaler(parts),
    service: {
      name: "application-autoscaling",
      operations: {
        RegisterScalableTarget: on(registerScalableTarget),
        DeregisterScalableTarget: on(deregisterScalableTarget),
        DescribeScalableTargets: on(describeScalableTargets),
        PutScalingPolicy: on(putScalingPolicy),
        DescribeScalingPolicies: on(describeScalingPolicies),
        DeleteScalingPolicy: on(deleteScalingPolicy),
        PutScheduledAction: on(putScheduledAction),
        DescribeScheduledActions: on(describeScheduledActions),
        DeleteScheduledAction: on(deleteScheduledAction),
        DescribeScalingActivities: on(describeScalingActivities),
        TagResource: on(tagResource),
        UntagResource: on(untagResource),
        ListTagsForResource: on(listTagsForResource),
      },
    },
  };
}
