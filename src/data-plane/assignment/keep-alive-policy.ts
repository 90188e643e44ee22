// How long an idle environment is kept: 5 to 15 minutes, spread so that many made at once do not end at once. Pure.

const KEEP_MS_MIN = 5 * 60_000;
const KEEP_MS_MAX = 15 * 60_000;
/** AWS ends environments every few hours even under continuous load; well before their role's keys end. */
const AGE_MS_MAX = 6 * 3_600_000;

/** @param random in [0, 1), drawn anew whenever an environment becomes idle */
export function keepAliveMs(random: number): number {
  return KEEP_MS_MIN + Math.floor(random * (KEEP_MS_MAX - KEEP_MS_MIN));
}

/** When an environment that is idle from now on ends: after its keep-alive, and at its greatest age at the latest. */
export function keepUntilMs(bornAtMs: number, nowMs: number, keepMs: number): number {
  return Math.min(nowMs + keepMs, bornAtMs + AGE_MS_MAX);
}
