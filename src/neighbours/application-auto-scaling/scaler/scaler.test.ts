// What scaling does by itself: schedules in their order, targets by their figures, and a record of each.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DescribeScalingActivitiesResponse } from "@aws-sdk/client-application-auto-scaling";
import { invalidParameter } from "../../../model/lambda-exceptions.ts";
import { aScaledAlias, aScaling, MINUTE_MS, resource, type TestedScaling } from "../auto-scaling.fixtures.ts";

const HOUR_MS = 3_600_000;

const act = (tested: TestedScaling, name: string, Schedule: string, min: number, max: number): Promise<unknown> =>
  tested.call("PutScheduledAction", {
    ...resource,
    ScheduledActionName: name,
    Schedule,
    ScalableTargetAction: { MinCapacity: min, MaxCapacity: max },
  });
const follow = (tested: TestedScaling, more: object = {}): Promise<unknown> =>
  tested.call("PutScalingPolicy", {
    ...resource,
    PolicyName: "p",
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 0.5,
      PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
      ...more,
    },
  });

test("a scheduled action sets bounds and capacity at its time, and says so", async () => {
  await using tested = await aScaledAlias(1, 2);
  await act(tested, "morning", "at(2026-01-01T00:02:00)", 5, 10);
  await tested.minute();
  assert.equal(tested.capacity, 1);
  await tested.minute();

  assert.equal(tested.capacity, 5);
  const { ScalingActivities: all }: DescribeScalingActivitiesResponse = await tested.call("DescribeScalingActivities", {
    ServiceNamespace: "lambda",
  });
  assert.deepEqual(
    all?.slice(0, 2).map((it) => [it.Description, it.Cause, it.StatusCode, it.StatusMessage]),
    [
      [
        "Setting desired concurrency to 5.",
        "minimum capacity was set to 5",
        "InProgress",
        "Successfully set desired concurrency to 5. Waiting for change to be fulfilled by lambda.",
      ],
      [
        "Setting min capacity to 5 and max capacity to 10",
        "scheduled action name morning was triggered",
        "Successful",
        "Successfully set min capacity to 5 and max capacity to 10",
      ],
    ],
  );
  await tested.minute(3);
  assert.equal((await tested.activities()).length, 3);
});

test("none at night takes the config away", async () => {
  await using tested = await aScaledAlias(4, 4);
  await act(tested, "night", "at(2026-01-01T00:01:00)", 0, 0);
  await tested.minute();

  assert.equal(tested.capacity, 0);
  assert.equal((await tested.activities())[0], "Successful: Setting desired concurrency to 0.");
});

test("what was missed takes place at the start, each once, the latest last", async () => {
  const directory = mkdtempSync(join(tmpdir(), "hearth-scaling-"));
  try {
    const file = join(directory, "hearth.db");
    {
      await using tested = await aScaledAlias(1, 1, file);
      await act(tested, "day", "cron(0 9 * * ? *)", 9, 9);
      await act(tested, "night", "cron(0 18 * * ? *)", 2, 2);
    }
    await using again = await aScaling(file);
    again.clock.advance(68 * HOUR_MS);
    await again.scaling.look();

    assert.equal(again.capacity, 2);
    assert.equal((await again.activities()).filter((it) => it.includes("capacity to")).length, 2);
    again.clock.advance(13 * HOUR_MS);
    await again.scaling.look();
    assert.equal(again.capacity, 9);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("suspended schedules pass by, and do not come back later", async () => {
  await using tested = await aScaledAlias(1, 10);
  await act(tested, "a", "at(2026-01-01T00:01:00)", 5, 5);
  const suspend = (ScheduledScalingSuspended: boolean): Promise<unknown> =>
    tested.call("RegisterScalableTarget", { ...resource, SuspendedState: { ScheduledScalingSuspended } });
  await suspend(true);
  await tested.minute();
  await suspend(false);
  await tested.minute();

  assert.equal(tested.capacity, 1);
});

test("what the control plane refuses is a failed activity with its reason", async () => {
  await using tested = await aScaledAlias(1, 10);
  tested.refusal = invalidParameter("there is no room");
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 5 });

  const { ScalingActivities: all }: DescribeScalingActivitiesResponse = await tested.call("DescribeScalingActivities", {
    ServiceNamespace: "lambda",
  });
  assert.deepEqual(
    [all?.[0]?.StatusCode, all?.[0]?.StatusMessage],
    ["Failed", "Failed to set desired concurrency to 5. Reason: there is no room"],
  );
  assert.deepEqual([tested.capacity, tested.faults], [1, []]);
});

test("a policy scales out after three busy minutes and in after fifteen quiet ones", async () => {
  await using tested = await aScaledAlias(2, 10);
  await follow(tested);
  tested.use = { requested: 2, maxInUse: 2 };
  await tested.minute(2);
  assert.equal(tested.capacity, 2);
  await tested.minute();
  assert.equal(tested.capacity, 4);
  tested.use = { requested: 4, maxInUse: 0 };
  await tested.minute(14);
  assert.equal(tested.capacity, 4);
  await tested.minute();

  assert.equal(tested.capacity, 2);
  const [scaledIn] =
    (
      (await tested.call("DescribeScalingActivities", {
        ServiceNamespace: "lambda",
      })) as DescribeScalingActivitiesResponse
    ).ScalingActivities ?? [];
  assert.match(
    scaledIn?.Cause ?? "",
    /^monitor alarm TargetTracking-function:f:prod-AlarmLow-[0-9a-f-]{36} in state ALARM triggered policy p$/u,
  );
});

test("while environments are still being started nothing is scaled again", async () => {
  await using tested = await aScaledAlias(2, 10);
  await follow(tested);
  tested.use = { requested: 2, maxInUse: 2 };
  tested.status = "IN_PROGRESS";
  await tested.minute(5);
  assert.equal(tested.capacity, 2);
  tested.status = "READY";
  await tested.minute();

  assert.equal(tested.capacity, 4);
});

test("without figures a policy does nothing, and a suspended direction stays suspended", async () => {
  await using tested = await aScaledAlias(2, 10);
  await follow(tested, { DisableScaleIn: true });
  await tested.minute(20);
  assert.equal(tested.capacity, 2);
  tested.capacity = 6;
  tested.use = { requested: 6, maxInUse: 0 };
  await tested.minute(20);

  assert.equal(tested.capacity, 6);
});

test("an activity ends when its change is fulfilled, can't be, or is overridden", async () => {
  await using tested = await aScaledAlias(2, 10);
  tested.status = "READY";
  await tested.minute();
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 3 });
  tested.capacity = 4;
  await tested.minute();
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 5 });
  tested.status = "FAILED";
  await tested.minute();

  assert.deepEqual(await tested.activities(), [
    "Unfulfilled: Setting desired concurrency to 5.",
    "Overridden: Setting desired concurrency to 3.",
    "Successful: Setting desired concurrency to 2.",
  ]);
});

test("activities are kept for six weeks", async () => {
  await using tested = await aScaledAlias(1, 1);
  tested.clock.advance(43 * 24 * HOUR_MS);
  await tested.call("RegisterScalableTarget", { ...resource, MinCapacity: 2, MaxCapacity: 2 });

  assert.deepEqual(await tested.activities(), ["InProgress: Setting desired concurrency to 2."]);
});

test("once started, it looks at the beginning of every minute", async () => {
  await using tested = await aScaledAlias(1, 9);
  tested.clock.advance(10_000);
  await act(tested, "a", "at(2026-01-01T00:01:00)", 5, 9);
  const looked = tested.nextTimer();
  tested.scaling.start();

  assert.equal(await looked, MINUTE_MS - 10_000);
});
