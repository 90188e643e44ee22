// What scaling does by itself: every minute it settles what is under way, runs what is due, and follows the targets.
import { record, changeCapacity, applyBounds, settleActivities } from "./capacity-change.ts";
import type { ScalingParts } from "../parts.ts";
import { scaledFunction } from "../scalable-resource.ts";
import type { ScalableTarget, ScalingPolicy, ScheduledAction } from "../scaling-records.ts";
import { lastDue, parseSchedule } from "./schedule.ts";
import { decideTracking, LOW_DATAPOINTS, type TrackingDecision, type TrackingHistory } from "./target-tracking.ts";

const MINUTE_MS = 60_000;

/** Runs by the clock. */
export interface Scaler {
  /** Looks now, and then at the beginning of every minute for as long as the clock runs. */
  start(): void;
  /** One look. Never throws: nobody waits for it. */
  look(): Promise<void>;
}

/** What is seen of a policy's metric, in memory: after a restart AWS's alarms too would begin with nothing. */
interface Watched {
  readonly datapoints: readonly (number | undefined)[];
  readonly history: TrackingHistory;
}

const UNWATCHED: Watched = { datapoints: [], history: { lastOut: undefined, lastIn: undefined } };

/** Scaling over its parts. */
export function createScaler(parts: ScalingParts): Scaler {
  const watched = new Map<string, Watched>();
  async function look(): Promise<void> {
    try {
      await settleActivities(parts);
      await runDue(parts);
      const policies = await parts.store.policies.all();
      for (const arn of watched.keys()) if (!policies.some((it) => it.arn === arn)) watched.delete(arn);
      for (const policy of policies) {
        watched.set(policy.arn, await track(parts, policy, watched.get(policy.arn) ?? UNWATCHED));
      }
    } catch (error) {
      parts.onFault(error);
    }
  }
  function lookAtTheMinute(): void {
    parts.clock.after(MINUTE_MS - (parts.clock.nowMs() % MINUTE_MS), () => void look().finally(lookAtTheMinute));
  }
  return { look, start: () => void look().finally(lookAtTheMinute) };
}

/** Runs what is due, in the order of the last time that each was: what was missed takes place once, as it would stand now. */
async function runDue(parts: ScalingParts): Promise<void> {
  const nowMs = parts.clock.nowMs();
  const due = (await parts.store.actions.all()).flatMap((action) => {
    const parsed = parseSchedule(action);
    if (action.nextAtMs === undefined || action.nextAtMs > nowMs || parsed.outcome === "invalid") return [];
    return [{ action, lastMs: lastDue(parsed.next, action.nextAtMs, nowMs), nextAtMs: parsed.next(nowMs) }];
  });
  for (const { action, nextAtMs } of due.sort((a, b) => a.lastMs - b.lastMs)) {
    await parts.serially(action, async () => {
      const target = await parts.store.target(action);
      // Changed or removed meanwhile: then it has another time, or none.
      const current = (await parts.store.actions.all(action)).find((it) => it.arn === action.arn);
      if (target === undefined || current === undefined || current.nextAtMs !== action.nextAtMs) return;
      await parts.store.actions.put({ ...current, nextAtMs });
      if (!target.suspended.scheduled) await setBounds(parts, target, current);
    });
  }
}

async function setBounds(parts: ScalingParts, target: ScalableTarget, action: ScheduledAction): Promise<void> {
  const { min = target.min, max = target.max } = action;
  const said = [
    ...(action.min === undefined ? [] : [`min capacity to ${min}`]),
    ...(action.max === undefined ? [] : [`max capacity to ${max}`]),
  ].join(" and ");
  const activity = {
    description: `Setting ${said}`,
    cause: `scheduled action name ${action.name} was triggered`,
    capacity: undefined,
  };
  if (max < min) {
    const message = `Failed to set ${said}. Reason: Maximum capacity cannot be less than minimum capacity`;
    await record(parts, target, { ...activity, status: "Failed", message });
    return;
  }
  const next = { ...target, min, max };
  await parts.store.putTarget(next);
  await record(parts, target, { ...activity, status: "Successful", message: `Successfully set ${said}` });
  await applyBounds(parts, next);
}

/** Takes a minute's figure of a policy's metric, and scales when it says so. */
async function track(parts: ScalingParts, policy: ScalingPolicy, before: Watched): Promise<Watched> {
  return await parts.serially(policy, async () => {
    const target = await parts.store.target(policy);
    const scaled = scaledFunction(policy);
    if (target === undefined || scaled === undefined) return before;
    const use = parts.provisionedUse(scaled.accountId, scaled.region, scaled.functionName, scaled.qualifier);
    const utilization = use === undefined || use.requested === 0 ? undefined : use.maxInUse / use.requested;
    const datapoints = [...before.datapoints, utilization].slice(-LOW_DATAPOINTS);
    const current = parts.capacity.requested(scaled) ?? 0;
    // While environments are still being started, the figures are those of a capacity that is not there yet.
    if (parts.capacity.status(scaled) === "IN_PROGRESS") return { ...before, datapoints };
    const nowMs = parts.clock.nowMs();
    const decision = decideTracking({
      datapoints,
      targetValue: policy.targetValue,
      current,
      min: target.min,
      max: target.max,
      nowMs,
      scaleOutCooldownMs: (policy.scaleOutCooldownSeconds ?? 0) * 1000,
      scaleInCooldownMs: (policy.scaleInCooldownSeconds ?? 0) * 1000,
      mayScaleOut: !target.suspended.scaleOut,
      mayScaleIn: !target.suspended.scaleIn && policy.isScaleInDisabled !== true,
      history: before.history,
    });
    if (decision.outcome === "keep") return { ...before, datapoints };
    const cause = `monitor alarm ${decision.outcome === "scaleOut" ? policy.alarmHigh : policy.alarmLow} in state ALARM triggered policy ${policy.name}`;
    const outcome = await changeCapacity(parts, target, { capacity: decision.capacity, cause });
    const history = outcome === "set" ? historyAfter(decision, current, nowMs, before.history) : before.history;
    return { datapoints, history };
  });
}

/** Scaling out ends the cooldown of scaling in, as on AWS. */
function historyAfter(
  decision: Exclude<TrackingDecision, { outcome: "keep" }>,
  current: number,
  nowMs: number,
  before: TrackingHistory,
): TrackingHistory {
  if (decision.outcome === "scaleIn") return { ...before, lastIn: { atMs: nowMs } };
  return { lastOut: { atMs: nowMs, added: decision.capacity - current }, lastIn: undefined };
}
