// Scaling policies: put, describe, delete. Target tracking of utilisation is the kind that Lambda has.
import type {
  Alarm,
  DeleteScalingPolicyRequest,
  DescribeScalingPoliciesRequest,
  DescribeScalingPoliciesResponse,
  PutScalingPolicyRequest,
  PutScalingPolicyResponse,
} from "@aws-sdk/client-application-auto-scaling";
import { newUuid } from "../../foundation/ids.ts";
import type { RequestContext } from "../../model/operation.ts";
import { checkMembers, objectNotFound, validation } from "./exceptions.ts";
import { page } from "./page.ts";
import type { ScalingParts } from "./parts.ts";
import { inWords, isAsked, namedResource, namespaceConstraint, resourceMembers } from "./scalable-resource.ts";
import type { ScalingPolicy } from "./scaling-records.ts";
import { existingTarget } from "./targets.ts";

/** Source: API reference, DescribeScalingPolicies. */
const RESULTS_MAX = 10;
const METRIC = "LambdaProvisionedConcurrencyUtilization";
/** Source: API reference, PutScalingPolicy. */
const TYPES = ["StepScaling", "TargetTrackingScaling", "PredictiveScaling"];
/** Source: Lambda Developer Guide: the utilisation that can be aimed at. */
const TARGET_MIN = 0.1;
const TARGET_MAX = 0.9;

const nameConstraint = (value: string | undefined) => ({
  name: "policyName",
  value,
  required: true,
  pattern: "[ -~]+",
  length: [1, 256] as const,
});

type Tracking = Pick<
  ScalingPolicy,
  "targetValue" | "scaleOutCooldownSeconds" | "scaleInCooldownSeconds" | "isScaleInDisabled"
>;

/** What a request asks to track. Throws ValidationException for what Lambda does not have. */
function trackingOf({ PolicyType = "StepScaling", ...input }: PutScalingPolicyRequest): Tracking {
  if (PolicyType !== "TargetTrackingScaling") {
    throw validation(`Policy type ${PolicyType} is not supported for service namespace lambda`);
  }
  const configuration = input.TargetTrackingScalingPolicyConfiguration;
  if (configuration === undefined) {
    throw validation(
      "TargetTrackingScalingPolicyConfiguration must be specified for policy type TargetTrackingScaling",
    );
  }
  const { PredefinedMetricSpecification: predefined, TargetValue: targetValue } = configuration;
  if (configuration.CustomizedMetricSpecification !== undefined || predefined === undefined) {
    throw validation(`Only the predefined metric ${METRIC} is supported for service namespace lambda`);
  }
  if (predefined.PredefinedMetricType !== METRIC) {
    throw validation(
      `Predefined metric type ${predefined.PredefinedMetricType ?? "null"} is not supported for service namespace lambda`,
    );
  }
  if (targetValue === undefined || targetValue < TARGET_MIN || targetValue > TARGET_MAX) {
    throw validation(`The target value for ${METRIC} must be between ${TARGET_MIN} and ${TARGET_MAX}`);
  }
  return {
    targetValue,
    scaleOutCooldownSeconds: configuration.ScaleOutCooldown,
    scaleInCooldownSeconds: configuration.ScaleInCooldown,
    isScaleInDisabled: configuration.DisableScaleIn,
  };
}

function alarmsOf({ accountId, region, alarmHigh, alarmLow }: ScalingPolicy): Alarm[] {
  return [alarmHigh, alarmLow].map((name) => ({
    AlarmName: name,
    AlarmARN: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
  }));
}

/** The operation; of several policies for one metric AWS takes the first. */
export async function putScalingPolicy(
  parts: ScalingParts,
  input: PutScalingPolicyRequest,
  context: RequestContext,
): Promise<PutScalingPolicyResponse> {
  const { PolicyName: name = "" } = input;
  const cooldowns = input.TargetTrackingScalingPolicyConfiguration;
  const resource = namedResource(input, context, [
    nameConstraint(input.PolicyName),
    { name: "policyType", value: input.PolicyType, values: TYPES },
    { name: "scaleOutCooldown", value: cooldowns?.ScaleOutCooldown, range: [0, 86_400] },
    { name: "scaleInCooldown", value: cooldowns?.ScaleInCooldown, range: [0, 86_400] },
  ]);
  const tracking = trackingOf(input);
  const { accountId, region, resourceId } = resource;
  return await parts.serially(resource, async () => {
    await existingTarget(parts, resource);
    const others = (await parts.store.policies.all(context)).filter((it) => it.resourceId === resourceId);
    const before = others.find((it) => it.name === name);
    if (before === undefined && others.length > 0) {
      throw validation("Only one TargetTrackingScaling policy for a given metric specification is allowed.");
    }
    const policy: ScalingPolicy = {
      ...(before ?? {
        ...resource,
        name,
        arn: `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${newUuid()}:resource/lambda/${resourceId}:policyName/${name}`,
        createdAtMs: parts.clock.nowMs(),
        alarmHigh: `TargetTracking-${resourceId}-AlarmHigh-${newUuid()}`,
        alarmLow: `TargetTracking-${resourceId}-AlarmLow-${newUuid()}`,
      }),
      ...tracking,
    };
    await parts.store.policies.put(policy);
    return { PolicyARN: policy.arn, Alarms: alarmsOf(policy) };
  });
}

/** The operation. */
export async function describeScalingPolicies(
  parts: ScalingParts,
  input: DescribeScalingPoliciesRequest,
  context: RequestContext,
): Promise<DescribeScalingPoliciesResponse> {
  const { PolicyNames: names = [], ResourceId: resourceId } = input;
  checkMembers([namespaceConstraint(input.ServiceNamespace), { name: "policyNames", value: names, length: [0, 50] }]);
  const all = isAsked(input) ? await parts.store.policies.all(context) : [];
  const asked = all.filter(
    (it) =>
      (names.length === 0 || names.includes(it.name)) && (resourceId === undefined || it.resourceId === resourceId),
  );
  const { items, next } = page(asked, input, RESULTS_MAX);
  return {
    ScalingPolicies: items.map((it) => ({
      PolicyARN: it.arn,
      PolicyName: it.name,
      ...resourceMembers(it),
      PolicyType: "TargetTrackingScaling",
      CreationTime: new Date(it.createdAtMs),
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: it.targetValue,
        PredefinedMetricSpecification: { PredefinedMetricType: METRIC },
        ScaleOutCooldown: it.scaleOutCooldownSeconds,
        ScaleInCooldown: it.scaleInCooldownSeconds,
        DisableScaleIn: it.isScaleInDisabled,
      },
      Alarms: alarmsOf(it),
    })),
    ...next,
  };
}

/** The operation. */
export async function deleteScalingPolicy(
  parts: ScalingParts,
  input: DeleteScalingPolicyRequest,
  context: RequestContext,
): Promise<object> {
  const resource = namedResource(input, context, [nameConstraint(input.PolicyName)]);
  await parts.serially(resource, async () => {
    const found = (await parts.store.policies.all(context)).find(
      (it) => it.resourceId === resource.resourceId && it.name === input.PolicyName,
    );
    if (found === undefined) {
      throw objectNotFound(`No scaling policy found for ${inWords(resource)}, policy name: ${input.PolicyName ?? ""}`);
    }
    await parts.store.policies.remove(found);
  });
  return {};
}
