// Changing the capacity of a resource, and the record that AWS keeps of it.
import { messageOf } from "../../../foundation/fault.ts";
import { newUuid } from "../../../foundation/ids.ts";
import { ServiceException } from "../../../model/operation.ts";
import type { ScalingParts } from "../parts.ts";
import { type ScalableResource, type ScaledFunction, scaledFunction } from "../scalable-resource.ts";
import type { ScalableTarget, ScalingActivity } from "../scaling-records.ts";

/** Source: API reference, DescribeScalingActivities: of the previous six weeks. */
const REMEMBERED_MS = 42 * 86_400_000;

/** Records an activity that begins now; given again with its id, its new state. */
export async function record(
  parts: ScalingParts,
  { accountId, region, resourceId }: ScalableResource,
  activity: Pick<ScalingActivity, "description" | "cause" | "status" | "message" | "capacity">,
): Promise<void> {
  const nowMs = parts.clock.nowMs();
  const endedAtMs = activity.status === "InProgress" ? undefined : nowMs;
  const made = { accountId, region, resourceId, id: newUuid(), startedAtMs: nowMs, endedAtMs, ...activity };
  await parts.store.putActivity(made, nowMs - REMEMBERED_MS);
}

/** Sets a capacity. What the control plane refuses ends the activity, not the scaling. */
export async function changeCapacity(
  parts: ScalingParts,
  resource: ScalableResource,
  { capacity, cause }: { readonly capacity: number; readonly cause: string },
): Promise<"set" | "failed"> {
  const description = `Setting desired concurrency to ${capacity}.`;
  const target = scaledFunction(resource);
  if (target === undefined) return "failed";
  try {
    await parts.capacity.set(target, capacity);
  } catch (error) {
    if (!(error instanceof ServiceException)) parts.onFault(error);
    const message = `Failed to set desired concurrency to ${capacity}. Reason: ${messageOf(error)}`;
    await record(parts, resource, { description, cause, capacity, status: "Failed", message });
    return "failed";
  }
  const done = `Successfully set desired concurrency to ${capacity}.`;
  // Taking everything away leaves nothing to wait for.
  const outcome =
    capacity === 0
      ? ({ status: "Successful", message: `${done} Change successfully fulfilled by lambda.` } as const)
      : ({ status: "InProgress", message: `${done} Waiting for change to be fulfilled by lambda.` } as const);
  await record(parts, resource, { description, cause, capacity, ...outcome });
  return "set";
}

/** Brings a target's capacity within its bounds: when they have changed, as on AWS, not whenever it is looked at. */
export async function applyBounds(parts: ScalingParts, target: ScalableTarget): Promise<void> {
  const scaled = scaledFunction(target);
  const current = scaled === undefined ? undefined : parts.capacity.requested(scaled);
  if (current === undefined) return;
  const { min, max } = target;
  if (current < min) {
    await changeCapacity(parts, target, { capacity: min, cause: `minimum capacity was set to ${min}` });
  } else if (current > max) {
    await changeCapacity(parts, target, { capacity: max, cause: `maximum capacity was set to ${max}` });
  }
}

type Outcome = Pick<ScalingActivity, "status" | "message">;

/** How an activity that was under way stands now; undefined while it still is. */
function outcomeOf(parts: ScalingParts, target: ScaledFunction, capacity: number): Outcome | undefined {
  const done = `Successfully set desired concurrency to ${capacity}.`;
  if (parts.capacity.requested(target) !== capacity) {
    return { status: "Overridden", message: `${done} The change was overridden by a later one.` };
  }
  const status = parts.capacity.status(target);
  if (status === "READY") return { status: "Successful", message: `${done} Change successfully fulfilled by lambda.` };
  if (status === "FAILED")
    return { status: "Unfulfilled", message: `${done} Change could not be fulfilled by lambda.` };
  return undefined;
}

/** Ends the activities whose change has been fulfilled, or never will be. */
export async function settleActivities(parts: ScalingParts): Promise<void> {
  const nowMs = parts.clock.nowMs();
  for (const activity of await parts.store.activities()) {
    const target = scaledFunction(activity);
    if (activity.status !== "InProgress" || target === undefined || activity.capacity === undefined) continue;
    const outcome = outcomeOf(parts, target, activity.capacity);
    if (outcome === undefined) continue;
    await parts.store.putActivity({ ...activity, ...outcome, endedAtMs: nowMs }, nowMs - REMEMBERED_MS);
  }
}
