// The trace that an invocation is part of: the caller's or a new one, and whether Lambda's own segments of it are kept.
import type { Clock } from "../../foundation/clock.ts";
import { newHex } from "../../foundation/ids.ts";
import { functionKey, type FunctionVersion } from "../../model/function-version.ts";
import type { TraceSegments } from "../../model/invocation.ts";
import { parseTraceHeader, traceHeaderText } from "../../model/trace-header.ts";

/** Of further requests in a second. Source: Lambda Developer Guide, "Visualize Lambda function invocations using AWS X-Ray". */
const RATE = 0.05;
/** Functions whose last sampled second is remembered. */
export const FUNCTIONS_MAX = 10_000;

/** Whether a request with no decision of its caller's is sampled. */
export type Sample = (functionKey: string, nowMs: number) => boolean;

/** Samples the first request of each function in each second, and 5% of the others. `random` gives numbers in [0, 1). */
export function createSampler(random: () => number): Sample {
  const seconds = new Map<string, number>();
  return (functionKey, nowMs) => {
    const second = Math.floor(nowMs / 1000);
    if (seconds.get(functionKey) === second) return random() < RATE;
    // Set anew, so that the function that was sampled the longest ago is the first to be forgotten.
    seconds.delete(functionKey);
    seconds.set(functionKey, second);
    const [oldest] = seconds.keys();
    if (seconds.size > FUNCTIONS_MAX && oldest !== undefined) seconds.delete(oldest);
    return true;
  };
}

/** An invocation's place in its trace. */
export interface Trace {
  /** What the function sees, and the answer carries. */
  readonly header: string;
  /** undefined where it is not sampled. */
  readonly segments: TraceSegments | undefined;
}

/**
 * The caller's decision stands; `sample` is asked where there is none. A function that is not traced passes on whose
 * segment called, as AWS does; one that is finds its own segment there.
 */
export function traceOf(given: string | undefined, nowMs: number, sample: () => boolean): Trace {
  const { root, parent, sampled = sample(), lineage } = parseTraceHeader(given);
  const traceId =
    root ??
    `1-${Math.floor(nowMs / 1000)
      .toString(16)
      .padStart(8, "0")}-${newHex(12)}`;
  const own = newHex(8);
  if (!sampled) {
    return { header: traceHeaderText({ root: traceId, parent: parent ?? own, sampled, lineage }), segments: undefined };
  }
  return {
    header: traceHeaderText({ root: traceId, parent: own, sampled, lineage }),
    segments: { traceId, callerId: parent, serviceId: newHex(8), functionId: own },
  };
}

/** Active tracing decides where the caller has not; PassThrough never does. */
export function traceFor(
  { clock, sample }: { readonly clock: Clock; readonly sample: Sample },
  version: FunctionVersion,
  given: string | undefined,
): Trace {
  const nowMs = clock.nowMs();
  return traceOf(given, nowMs, () => version.settings.tracingMode === "Active" && sample(functionKey(version), nowMs));
}
