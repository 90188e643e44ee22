// How long an idle environment is kept: 5 to 15 minutes, spread so that many made at once do not end at once. Pure.

const KEEP_MS_MIN = 5 * 60_000;
const KEEP_MS_MAX = 15 * 60_000;

/** @param random in [0, 1), drawn once per environment */
export function keepAliveMs(random: number): number {
  return KEEP_MS_MIN + Math.floor(random * (KEEP_MS_MAX - KEEP_MS_MIN));
}
