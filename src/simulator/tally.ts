// What a simulation has seen, and the report that is made of it. Changed in place while it runs; pure otherwise.

/** Counts and samples. */
export interface Tally {
  invocations: number;
  cold: number;
  failed: number;
  readonly throttled: Map<string, number>;
  /** What invocations that found no idle environment waited for one. */
  readonly waitsMs: number[];
  /** Memory by time: of invocations, and of environments that were idle. */
  busyMiBMinutes: number;
  idleMiBMinutes: number;
  environmentsMax: number;
  /** Of each minute's fullest worker, how much fuller it was than the mean. */
  readonly imbalances: number[];
}

/** What a simulation says. */
export interface Report {
  readonly functions: number;
  readonly workers: number;
  readonly simulatedHours: number;
  readonly invocations: number;
  readonly coldShare: number;
  readonly coldWaitMsMedian: number;
  readonly coldWaitMs99: number;
  readonly throttled: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly environmentsMax: number;
  readonly busyGiBHours: number;
  readonly idleGiBHours: number;
  /** Of all memory by time that environments held, what was idle. */
  readonly wastedShare: number;
  /** Starts on a worker that had the code already. */
  readonly localityShare: number;
  /** How much fuller than the mean the fullest worker was, on average. */
  readonly imbalanceMean: number;
}

/** Nothing seen yet. */
export function emptyTally(): Tally {
  return {
    invocations: 0,
    cold: 0,
    failed: 0,
    throttled: new Map(),
    waitsMs: [],
    busyMiBMinutes: 0,
    idleMiBMinutes: 0,
    environmentsMax: 0,
    imbalances: [],
  };
}

const MIB_MINUTES_PER_GIB_HOUR = 1024 * 60;
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The value below which this share of them lies; 0 for none. */
function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** The report of what was seen. */
export function reportOf(
  tally: Tally,
  about: Pick<Report, "functions" | "workers" | "simulatedHours" | "localityShare">,
): Report {
  const waits = tally.waitsMs.toSorted((a, b) => a - b);
  return {
    ...about,
    invocations: tally.invocations,
    coldShare: share(tally.cold, tally.invocations),
    coldWaitMsMedian: Math.round(percentile(waits, 0.5)),
    coldWaitMs99: Math.round(percentile(waits, 0.99)),
    throttled: Object.fromEntries(tally.throttled),
    failed: tally.failed,
    environmentsMax: tally.environmentsMax,
    busyGiBHours: tally.busyMiBMinutes / MIB_MINUTES_PER_GIB_HOUR,
    idleGiBHours: tally.idleMiBMinutes / MIB_MINUTES_PER_GIB_HOUR,
    wastedShare: share(tally.idleMiBMinutes, tally.idleMiBMinutes + tally.busyMiBMinutes),
    imbalanceMean: share(
      tally.imbalances.reduce((sum, it) => sum + it, 0),
      tally.imbalances.length,
    ),
  };
}
