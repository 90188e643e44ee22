// How long an idle environment is kept: two policies behind one door, both without clock or I/O.
import { concentration, emptyHistogram, type IdleHistogram, observe, percentileMs } from "./idle-histogram.ts";

const MINUTE_MS = 60_000;
const KEEP_MS_MIN = 5 * MINUTE_MS;
const KEEP_MS_MAX = 15 * MINUTE_MS;
/** AWS ends environments every few hours even under continuous load; well before their role's keys end. */
export const AGE_MS_MAX: number = 6 * 3_600_000;

/** Decides for how long environments stay idle. Functions are named by their key. */
export interface KeepAlivePolicy {
  /** @param random in [0, 1), drawn anew whenever an environment becomes idle */
  keepMs(functionKey: string, random: number): number;
  /** An environment was used again, or a new one was needed, so long after the last was. */
  observeIdle(functionKey: string, idleMs: number): void;
}

/** 5 to 15 minutes, spread so that many made at once do not end at once. */
export function keepAliveMs(random: number): number {
  return KEEP_MS_MIN + Math.floor(random * (KEEP_MS_MAX - KEEP_MS_MIN));
}

/** When an environment that is idle from now on ends: after its keep-alive, and at its greatest age at the latest. */
export function keepUntilMs(bornAtMs: number, nowMs: number, keepMs: number): number {
  return Math.min(nowMs + keepMs, bornAtMs + AGE_MS_MAX);
}

/** The same for every function. */
export function createFixedKeepAlive(): KeepAlivePolicy {
  return { keepMs: (_functionKey, random) => keepAliveMs(random), observeIdle: () => undefined };
}

const OBSERVATIONS_MIN = 10;
/** Below it the histogram is too flat to tell anything. Source: "Serverless in the Wild" (ATC '20), section 4.2. */
const CONCENTRATION_MIN = 2;
/** With more idle times over an hour than these, no keep-alive that pays covers the function. */
const BEYOND_SHARE_MAX = 0.5;
const KEPT_SHARE = 0.99;
const MARGIN = 1.1;
const ADAPTED_MS_MIN = MINUTE_MS;
const ADAPTED_MS_MAX = 60 * MINUTE_MS;
/** Functions that are remembered; the one that was heard of the longest ago is forgotten first. */
const FUNCTIONS_MAX = 200_000;

/** The keep-alive that a function's idle times ask for; undefined where they are too few or tell nothing. Pure. */
export function adaptedKeepMs(histogram: IdleHistogram): number | undefined {
  const { total, beyond } = histogram;
  if (total < OBSERVATIONS_MIN || beyond > total * BEYOND_SHARE_MAX) return undefined;
  if (concentration(histogram) < CONCENTRATION_MIN) return undefined;
  const keepMs = Math.round(percentileMs(histogram, KEPT_SHARE) * MARGIN);
  return Math.min(ADAPTED_MS_MAX, Math.max(ADAPTED_MS_MIN, keepMs));
}

/**
 * By each function's own idle times: as long as 99 % of them, with a margin; as the fixed policy says while they are too
 * few or too spread. Source: the hybrid histogram policy of "Serverless in the Wild" (ATC '20), without its pre-warming.
 */
export function createAdaptiveKeepAlive(): KeepAlivePolicy {
  const functions = new Map<string, { readonly histogram: IdleHistogram; keepMs: number | undefined }>();
  return {
    keepMs: (functionKey, random) => functions.get(functionKey)?.keepMs ?? keepAliveMs(random),
    observeIdle(functionKey, idleMs) {
      const known = functions.get(functionKey) ?? { histogram: emptyHistogram(), keepMs: undefined };
      if (!functions.has(functionKey)) {
        functions.set(functionKey, known);
        const [oldest] = functions.keys();
        if (functions.size > FUNCTIONS_MAX && oldest !== undefined) functions.delete(oldest);
      }
      observe(known.histogram, idleMs);
      known.keepMs = adaptedKeepMs(known.histogram);
    },
  };
}
