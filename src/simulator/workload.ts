// What is simulated: functions with their sizes, times and arrivals, made up after published figures of real ones.
// Figures: "Serverless in the Wild" (ATC '20): rates over many magnitudes, a sixth of functions by timers, durations around
// a second or less, memory around 170 MB.
import { logNormal, seededRandom } from "./seeded-random.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** When a function is invoked. */
export interface Arrivals {
  /** The first arrival after this time; undefined: there is none. Asked with the time of the last one. */
  next(afterMs: number): number | undefined;
}

/** One function of a workload. */
export interface SimulatedFunction {
  readonly name: string;
  readonly accountId: string;
  readonly memoryMiB: number;
  /** Median of its invocations. */
  readonly durationMs: number;
  /** Its own initialisation, on a worker with nothing else to do. */
  readonly initMs: number;
  readonly arrivals: Arrivals;
}

/** All of it. */
export type Workload = readonly SimulatedFunction[];

/** Independent arrivals at an even rate. */
export function poissonArrivals(random: () => number, everyMs: number): Arrivals {
  return { next: (afterMs) => afterMs - Math.log(1 - random()) * everyMs };
}

/** A timer's. */
export function periodicArrivals(firstMs: number, everyMs: number): Arrivals {
  let number = 0;
  // Counted, since a time divided by the period may round to the time before.
  return { next: () => firstMs + number++ * everyMs };
}

/** So many a minute, as a trace counts them; spread over each minute. */
export function countedArrivals(
  random: () => number,
  minutes: Readonly<Uint16Array>,
  counts: Readonly<Uint32Array>,
): Arrivals {
  let at = 0;
  let done = 0;
  return {
    next(afterMs) {
      const count = counts[at] ?? 0;
      const minute = minutes[at];
      if (minute === undefined) return undefined;
      const arrivalMs = minute * MINUTE_MS + ((done + random()) / count) * MINUTE_MS;
      done += 1;
      if (done >= count) {
        at += 1;
        done = 0;
      }
      return Math.max(afterMs, arrivalMs);
    },
  };
}

const TIMER_SHARE = 0.16;
/** Invocations a day: from once to ten thousand times, each magnitude as likely as the others. */
const RATE_MAGNITUDES = 4;
const FUNCTIONS_PER_ACCOUNT = 50;
const MEMORY_SIZES_MIB = [128, 128, 128, 256, 256, 512, 1024, 2048] as const;

/** Sizes and times of a function, by chance. */
export function someFunction(
  random: () => number,
  name: string,
  account: number,
  arrivals: Arrivals,
): SimulatedFunction {
  return {
    name,
    accountId: String(100_000_000_000 + account),
    memoryMiB: MEMORY_SIZES_MIB[Math.floor(random() * MEMORY_SIZES_MIB.length)] ?? 128,
    durationMs: Math.min(60_000, logNormal(random, 300, 1.5)),
    initMs: Math.min(10_000, logNormal(random, 250, 0.8)),
    arrivals,
  };
}

/** So many functions, the same for the same seed. */
export function syntheticWorkload(count: number, seed: number): Workload {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const everyMs = DAY_MS / 10 ** (random() * RATE_MAGNITUDES);
    const isTimer = random() < TIMER_SHARE;
    const arrivals = isTimer ? periodicArrivals(random() * everyMs, everyMs) : poissonArrivals(random, everyMs);
    return someFunction(random, `f${index}`, Math.floor(index / FUNCTIONS_PER_ACCOUNT), arrivals);
  });
}
