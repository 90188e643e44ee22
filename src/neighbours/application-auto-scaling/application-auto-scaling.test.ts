// Targets, policies, scheduled actions and tags as operations: what they show, keep and refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  DescribeScalableTargetsResponse,
  DescribeScalingPoliciesResponse,
  PutScalingPolicyResponse,
  ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import { refusal } from "../../model/operation.fixtures.ts";
import { aScaledAlias, aScaling, resource, START_MS, type TestedScaling } from "./auto-scaling.fixtures.ts";

const PREDEFINED = {
  PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
};
const tracking = (more: object = {}): object => ({
  ...resource,
  PolicyName: "p",
  PolicyType: "TargetTrackingScaling",
  TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7, ...PREDEFINED },
  ...more,
});
const inWords =
  "service namespace: lambda, resource ID: function:f:prod, scalable dimension: lambda:function:ProvisionedConcurrency";

async function target(tested: TestedScaling): Promise<ScalableTarget | undefined> {
  const found: DescribeScalableTargetsResponse = await tested.call("DescribeScalableTargets", {
    ServiceNamespace: "lambda",
  });
  return found.ScalableTargets?.[0];
}

test("a target shows its bounds, keeps what an update does not name, and is gone when deregistered", async () => {
  await using tested = await aScaledAlias(1, 10);

  const shown = await target(tested);
  assert.match(
    shown?.ScalableTargetARN ?? "",
    /^arn:aws:application-autoscaling:us-east-1:111122223333:scalable-target\/\w+$/u,
  );
  assert.deepEqual(shown, {
    ...resource,
    MinCapacity: 1,
    MaxCapacity: 10,
    RoleARN:
      "arn:aws:iam::111122223333:role/aws-service-role/lambda.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
    CreationTime: new Date(START_MS),
    SuspendedState: {
      DynamicScalingInSuspended: false,
      DynamicScalingOutSuspended: false,
      ScheduledScalingSuspended: false,
    },
    ScalableTargetARN: shown?.ScalableTargetARN,
  });
  await tested.call("RegisterScalableTarget", { ...resource, MaxCapacity: 20 });
  const updated = await target(tested);
  assert.deepEqual([updated?.MinCapacity, updated?.MaxCapacity], [1, 20]);
  await tested.call("DeregisterScalableTarget", resource);

  assert.equal(await target(tested), undefined);
  assert.equal(
    await refusal(tested.call("DeregisterScalableTarget", resource)),
    `400 ObjectNotFoundException: No scalable target registered for ${inWords}`,
  );
});

test("registering brings the capacity within the bounds", async () => {
  await using tested = await aScaledAlias(3, 10);
  assert.equal(tested.capacity, 3);
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 1, MaxCapacity: 2 });

  assert.equal(tested.capacity, 2);
  assert.deepEqual(await tested.activities(), [
    "InProgress: Setting desired concurrency to 2.",
    "InProgress: Setting desired concurrency to 3.",
  ]);
});

test("what is not a function's version or alias is not scaled", async () => {
  await using tested = await aScaling();
  const register = (more: object): Promise<string> =>
    refusal(tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 1, MaxCapacity: 2, ...more }));
  const unsupported = "400 ValidationException: Unsupported service namespace, resource type or scalable dimension";

  assert.equal(await register({ ServiceNamespace: "ecs" }), unsupported);
  assert.equal(await register({ ScalableDimension: "ecs:service:DesiredCount" }), unsupported);
  assert.equal(await register({ ResourceId: "function:f" }), unsupported);
  assert.equal(await register({ ResourceId: "function:f:$LATEST" }), unsupported);
  assert.match(
    await register({ ResourceId: "function:g:prod" }),
    /^400 ValidationException: .*doesn't exist: function:g:prod$/u,
  );
  assert.match(await register({ ServiceNamespace: "mars" }), /at 'serviceNamespace' failed to satisfy constraint/u);
  assert.equal(
    await register({ MinCapacity: 3 }),
    "400 ValidationException: Maximum capacity cannot be less than minimum capacity",
  );
});

test("a policy shows the two alarms that AWS would make, the same after an update", async () => {
  await using tested = await aScaledAlias(1, 10);

  const put: Partial<PutScalingPolicyResponse> = await tested.call("PutScalingPolicy", tracking());
  assert.match(
    put.PolicyARN ?? "",
    /^arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:[0-9a-f-]{36}:resource\/lambda\/function:f:prod:policyName\/p$/u,
  );
  assert.deepEqual(
    put.Alarms?.map((it) => it.AlarmName?.replace(/[0-9a-f-]{36}$/u, "<uuid>")),
    ["TargetTracking-function:f:prod-AlarmHigh-<uuid>", "TargetTracking-function:f:prod-AlarmLow-<uuid>"],
  );
  assert.equal(
    put.Alarms?.[0]?.AlarmARN,
    `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${put.Alarms?.[0]?.AlarmName ?? ""}`,
  );
  const configuration = { TargetValue: 0.5, ...PREDEFINED, ScaleInCooldown: 60 };
  const again = await tested.call(
    "PutScalingPolicy",
    tracking({ TargetTrackingScalingPolicyConfiguration: configuration }),
  );
  assert.deepEqual(again, put);
  const described: DescribeScalingPoliciesResponse = await tested.call("DescribeScalingPolicies", {
    ServiceNamespace: "lambda",
    PolicyNames: ["p"],
  });
  assert.deepEqual(
    JSON.parse(JSON.stringify(described.ScalingPolicies?.[0]?.TargetTrackingScalingPolicyConfiguration)),
    configuration,
  );
  await tested.call("DeleteScalingPolicy", { ...resource, PolicyName: "p" });
  assert.equal(
    await refusal(tested.call("DeleteScalingPolicy", { ...resource, PolicyName: "p" })),
    `400 ObjectNotFoundException: No scaling policy found for ${inWords}, policy name: p`,
  );
});

test("other kinds of policies and metrics are refused", async () => {
  await using tested = await aScaledAlias(1, 10);
  const put = (more: object): Promise<string> => refusal(tested.call("PutScalingPolicy", tracking(more)));
  const configured = (configuration: object): Promise<string> =>
    put({ TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7, ...configuration } });

  assert.match(await put({ PolicyType: "StepScaling" }), /^400 ValidationException: Policy type StepScaling is not/u);
  assert.match(await put({ PolicyType: "Odd" }), /Member must satisfy enum value set/u);
  assert.match(
    await configured({ PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } }),
    /^400 ValidationException: Predefined metric type ECSServiceAverageCPUUtilization is not supported/u,
  );
  assert.match(
    await configured({ CustomizedMetricSpecification: {} }),
    /^400 ValidationException: Only the predefined/u,
  );
  assert.match(await configured({ ...PREDEFINED, TargetValue: 0.95 }), /must be between 0.1 and 0.9$/u);
  await tested.call("PutScalingPolicy", tracking());
  assert.equal(
    await put({ PolicyName: "q" }),
    "400 ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed.",
  );
});

test("a scheduled action shows what it was given; start and end are those of the last request", async () => {
  await using tested = await aScaledAlias(1, 10);
  const named = { ...resource, ScheduledActionName: "morning" };
  const put = (more: object): Promise<unknown> => tested.call("PutScheduledAction", { ...named, ...more });
  const describe = async (): Promise<unknown> => {
    const { ScheduledActions } = await tested.call("DescribeScheduledActions", { ServiceNamespace: "lambda" });
    return JSON.parse(JSON.stringify(ScheduledActions));
  };
  await put({
    Schedule: "cron(0 9 * * ? *)",
    Timezone: "Europe/Berlin",
    ScalableTargetAction: { MinCapacity: 5 },
    EndTime: START_MS / 1000 + 86_400,
  });
  await put({ ScalableTargetAction: { MaxCapacity: 8 } });

  const [shown] = (await describe()) as Record<string, unknown>[];
  assert.match(
    String(shown?.["ScheduledActionARN"]),
    /:resource\/lambda\/function:f:prod:scheduledActionName\/morning$/u,
  );
  assert.deepEqual(shown, {
    ...named,
    ScheduledActionARN: shown?.["ScheduledActionARN"],
    Schedule: "cron(0 9 * * ? *)",
    Timezone: "Europe/Berlin",
    ScalableTargetAction: { MaxCapacity: 8 },
    CreationTime: "2026-01-01T00:00:00.000Z",
  });
  const refused = (more: object): Promise<string> =>
    refusal(
      tested.call("PutScheduledAction", {
        ...resource,
        ScheduledActionName: "x",
        ScalableTargetAction: { MinCapacity: 1 },
        ...more,
      }),
    );
  assert.match(
    await refused({ Schedule: "cron(0 9 * * *)" }),
    /^400 ValidationException: Invalid schedule expression/u,
  );
  assert.match(
    await refused({ Schedule: "rate(1 day)", Timezone: "x" }),
    /^400 ValidationException: Invalid timezone: x$/u,
  );
  assert.match(await refused({}), /Schedule must be specified/u);
  assert.match(await refused({ ScheduledActionName: "a:b" }), /at 'scheduledActionName' failed to satisfy constraint/u);
  await tested.call("DeleteScheduledAction", named);
  assert.deepEqual(await describe(), []);
  assert.match(
    await refusal(tested.call("DeleteScheduledAction", named)),
    /^400 ObjectNotFoundException: No scheduled action found for/u,
  );
});

test("nothing is put where no target is registered, and all goes with the target", async () => {
  await using tested = await aScaling();
  const missing = `400 ObjectNotFoundException: No scalable target registered for ${inWords}`;
  const action = {
    ...resource,
    ScheduledActionName: "a",
    Schedule: "rate(1 day)",
    ScalableTargetAction: { MinCapacity: 2 },
  };

  assert.equal(await refusal(tested.call("PutScalingPolicy", tracking())), missing);
  assert.equal(await refusal(tested.call("PutScheduledAction", action)), missing);
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 1, MaxCapacity: 2 });
  await tested.call("PutScalingPolicy", tracking());
  await tested.call("PutScheduledAction", action);
  await tested.call("DeregisterScalableTarget", resource);

  for (const [operation, member] of [
    ["DescribeScalingPolicies", "ScalingPolicies"],
    ["DescribeScheduledActions", "ScheduledActions"],
  ] as const) {
    assert.deepEqual((await tested.call(operation, { ServiceNamespace: "lambda" }))[member], []);
  }
});

test("tags belong to a target, by its ARN", async () => {
  await using tested = await aScaling();
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 1, MaxCapacity: 2, Tags: { a: "1" } });
  const ResourceARN = (await target(tested))?.ScalableTargetARN;
  await tested.call("TagResource", { ResourceARN, Tags: { b: "2", c: "3" } });
  await tested.call("UntagResource", { ResourceARN, TagKeys: ["a", "z"] });

  assert.deepEqual(await tested.call("ListTagsForResource", { ResourceARN }), { Tags: { b: "2", c: "3" } });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ""]));
  assert.match(await refusal(tested.call("TagResource", { ResourceARN, Tags: many })), /^400 TooManyTagsException/u);
  assert.match(
    await refusal(tested.call("ListTagsForResource", { ResourceARN: "x" })),
    /^400 ResourceNotFoundException/u,
  );
});
