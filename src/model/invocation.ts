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
