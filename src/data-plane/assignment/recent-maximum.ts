// The greatest value of the last minute, in steps of five seconds: what auto scaling looks at. Pure.

const STEP_MS = 5_000;
const STEPS = 12;

/** Maxima by step, a ring. Changed in place. */
export interface RecentMaximum {
  readonly steps: Float64Array;
  newest: number;
  /** What holds until the next value comes. */
  value: number;
}

/** Nothing yet. */
export function noMaximum(): RecentMaximum {
  return { steps: new Float64Array(STEPS), newest: 0, value: 0 };
}

/** Empties the steps that have passed without a change: the value held through them. */
function moveTo(it: RecentMaximum, nowMs: number): void {
  const step = Math.floor(nowMs / STEP_MS);
  const passed = Math.min(STEPS, step - it.newest);
  for (let back = 0; back < passed; back++) it.steps[(step - back) % STEPS] = it.value;
  if (step > it.newest) it.newest = step;
}

/** From now on it is this value. */
export function recordValue(it: RecentMaximum, value: number, nowMs: number): void {
  moveTo(it, nowMs);
  it.value = value;
  const at = it.newest % STEPS;
  it.steps[at] = Math.max(it.steps[at] ?? 0, value);
}

/** The greatest value of the last minute. */
export function recentMaximum(it: RecentMaximum, nowMs: number): number {
  moveTo(it, nowMs);
  return Math.max(...it.steps);
}
