// What is known of one invocation in more than one part. Plain data.

/** Executions as they were when a request was admitted or throttled; one that was admitted counts among them. */
export interface UnderWay {
  readonly ofFunction: number;
  readonly ofAccount: number;
  /** Of the account, on what nobody has claimed. */
  readonly unreserved: number;
  /** What functions of the account have reserved or provisioned for themselves. */
  readonly claimed: number;
  /** On the provisioned environments that the request was admitted to, of those that are ready. */
  readonly provisioned: { readonly inUse: number; readonly ready: number } | undefined;
}

/** When the function's own part of an invocation was, as its worker measured it. */
export interface InvocationTiming {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** As REPORT has it, without extensions. */
  readonly durationMs: number;
  /** Of the initialisation before it, where there was one for it. */
  readonly initMs: number | undefined;
}

/** Lambda's own segments of a sampled invocation, by their ids. */
export interface TraceSegments {
  readonly traceId: string;
  /** The segment that called, of another service or function. */
  readonly callerId: string | undefined;
  readonly serviceId: string;
  /** What the function's own segments stand under. */
  readonly functionId: string;
}

/** From one instant to another, in milliseconds since the epoch. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** An invocation's phases in time. */
export interface InvocationSpans {
  /** From the request to its answer. */
  readonly service: Stretch;
  /** The environment's part, its initialisation included where it was for this request; undefined where nobody measured it. */
  readonly function: Stretch | undefined;
  readonly initialization: Stretch | undefined;
  readonly invocation: Stretch | undefined;
  /** Until the answer was back. */
  readonly overhead: Stretch | undefined;
}

/** The phases of an invocation that was answered at `atMs`. Pure. */
export function spansOf(ended: {
  readonly atMs: number;
  readonly tookMs: number;
  readonly isCold: boolean;
  readonly timing: InvocationTiming | undefined;
}): InvocationSpans {
  const { atMs, tookMs, isCold, timing } = ended;
  const service = { startMs: atMs - tookMs, endMs: atMs };
  const nothing = { function: undefined, initialization: undefined, invocation: undefined, overhead: undefined };
  if (timing === undefined) return { service, ...nothing };
  // The worker's clock may be another machine's, and both are rounded: nothing is shown outside the request.
  const within = (ms: number): number => Math.min(service.endMs, Math.max(service.startMs, ms));
  const startMs = within(timing.startedAtMs);
  const doneMs = Math.max(startMs, within(timing.startedAtMs + timing.durationMs));
  // What was initialised ahead of the request is not part of it.
  const initialization =
    isCold && timing.initMs !== undefined ? { startMs: within(startMs - timing.initMs), endMs: startMs } : undefined;
  return {
    service,
    function: { startMs: initialization?.startMs ?? startMs, endMs: atMs },
    initialization,
    invocation: { startMs, endMs: doneMs },
    overhead: { startMs: doneMs, endMs: atMs },
  };
}
