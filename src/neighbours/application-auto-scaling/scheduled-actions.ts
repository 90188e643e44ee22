// Scheduled actions: put, describe, delete.
import type {
  DeleteScheduledActionRequest,
  DescribeScheduledActionsRequest,
  DescribeScheduledActionsResponse,
  PutScheduledActionRequest,
} from "@aws-sdk/client-application-auto-scaling";
import { newUuid } from "../../foundation/ids.ts";
import type { RequestContext } from "../../model/operation.ts";
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
} from "./scalable-resource.ts";
import type { ScheduledAction } from "./scaling-records.ts";
import { parseSchedule } from "./scaler/schedule.ts";
import { checkBounds, existingTarget } from "./targets.ts";

/** Source: API reference, DescribeScheduledActions. */
const RESULTS_MAX = 50;

const nameConstraint = (value: string | undefined) => ({
  name: "scheduledActionName",
  value,
  required: true,
  pattern: "(?!((^[ ]+.*)|(.*([\\u0000-\\u001f]|[\\u007f-\\u009f]|[:/|])+.*)|(.*[ ]+$))).+",
  length: [1, 256] as const,
});

/** Times come as seconds since the epoch, whatever the SDK's type says. */
function millisOf(time: Date | number | undefined): number | undefined {
  if (time === undefined) return undefined;
  return typeof time === "number" ? time * 1000 : time.getTime();
}

function newAction(resource: ScalableResource, name: string, createdAtMs: number) {
  const { accountId, region, resourceId } = resource;
  const arn = `arn:aws:autoscaling:${region}:${accountId}:scheduledAction:${newUuid()}:resource/lambda/${resourceId}:scheduledActionName/${name}`;
  return {
    ...resource,
    name,
    arn,
    createdAtMs,
    schedule: undefined,
    timezone: undefined,
    min: undefined,
    max: undefined,
  };
}

/** What a request makes of the action that is there: start and end are always those of the last request, as on AWS. */
function changed(
  before: ScheduledAction | ReturnType<typeof newAction>,
  input: PutScheduledActionRequest,
  nowMs: number,
): ScheduledAction {
  const { Schedule: schedule = before.schedule, Timezone: timezone = before.timezone } = input;
  const given = input.ScalableTargetAction;
  const [min, max] = given === undefined ? [before.min, before.max] : [given.MinCapacity, given.MaxCapacity];
  if (schedule === undefined) throw validation("Schedule must be specified to create a scheduled action");
  if (min === undefined && max === undefined) {
    throw validation("At least one of MinCapacity and MaxCapacity must be specified in ScalableTargetAction");
  }
  checkBounds(min ?? 0, max ?? min ?? 0);
  const [startMs, endMs] = [millisOf(input.StartTime), millisOf(input.EndTime)];
  if (startMs !== undefined && endMs !== undefined && endMs < startMs) {
    throw validation("The end time of a scheduled action cannot be before its start time");
  }
  const action = { ...before, schedule, timezone, min, max, startMs, endMs };
  const parsed = parseSchedule(action);
  if (parsed.outcome === "invalid")
    throw validation(`Invalid ${parsed.what}: ${parsed.what === "timezone" ? String(timezone) : schedule}`);
  return { ...action, nextAtMs: parsed.next(nowMs) };
}

/** The operation. */
export async function putScheduledAction(
  parts: ScalingParts,
  input: PutScheduledActionRequest,
  context: RequestContext,
): Promise<object> {
  const { ScheduledActionName: name = "" } = input;
  const resource = namedResource(input, context, [
    nameConstraint(input.ScheduledActionName),
    { name: "schedule", value: input.Schedule, length: [1, 1600] },
  ]);
  await parts.serially(resource, async () => {
    await existingTarget(parts, resource);
    const nowMs = parts.clock.nowMs();
    const before = (await parts.store.actions.all(context)).find(
      (it) => it.resourceId === resource.resourceId && it.name === name,
    );
    await parts.store.actions.put(changed(before ?? newAction(resource, name, nowMs), input, nowMs));
  });
  return {};
}

/** The operation. */
export async function describeScheduledActions(
  parts: ScalingParts,
  input: DescribeScheduledActionsRequest,
  context: RequestContext,
): Promise<DescribeScheduledActionsResponse> {
  const { ScheduledActionNames: names = [], ResourceId: resourceId } = input;
  checkMembers([
    namespaceConstraint(input.ServiceNamespace),
    { name: "scheduledActionNames", value: names, length: [0, 50] },
  ]);
  const all = isAsked(input) ? await parts.store.actions.all(context) : [];
  const asked = all.filter(
    (it) =>
      (names.length === 0 || names.includes(it.name)) && (resourceId === undefined || it.resourceId === resourceId),
  );
  const { items, next } = page(asked, input, RESULTS_MAX);
  return {
    ScheduledActions: items.map((it) => ({
      ScheduledActionName: it.name,
      ScheduledActionARN: it.arn,
      Schedule: it.schedule,
      Timezone: it.timezone,
      ...resourceMembers(it),
      StartTime: it.startMs === undefined ? undefined : new Date(it.startMs),
      EndTime: it.endMs === undefined ? undefined : new Date(it.endMs),
      ScalableTargetAction: { MinCapacity: it.min, MaxCapacity: it.max },
      CreationTime: new Date(it.createdAtMs),
    })),
    ...next,
  };
}

/** The operation. */
export async function deleteScheduledAction(
  parts: ScalingParts,
  input: DeleteScheduledActionRequest,
  context: RequestContext,
): Promise<object> {
  const resource = namedResource(input, context, [nameConstraint(input.ScheduledActionName)]);
  await parts.serially(resource, async () => {
    const found = (await parts.store.actions.all(context)).find(
      (it) => it.resourceId === resource.resourceId && it.name === input.ScheduledActionName,
    );
    if (found === undefined) {
      throw objectNotFound(
        `No scheduled action found for ${inWords(resource)}, scheduled action name: ${input.ScheduledActionName ?? ""}`,
      );
    }
    await parts.store.actions.remove(found);
  });
  return {};
}
