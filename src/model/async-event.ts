// An asynchronous invocation on its way: what was accepted, and how an attempt at it can end. Plain data.

/** An event that was accepted. */
export interface AsyncEvent {
  /** The same in every attempt. */
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  /** As the request had it: which version it means is decided at each attempt. */
  readonly qualifier: string | undefined;
  /** `X-Amzn-Trace-Id`, its sampling decided. */
  readonly traceHeader: string;
  /** JSON text. */
  readonly clientContext: string | undefined;
  readonly acceptedAtMs: number;
  readonly payload: Buffer;
}

/** How an attempt ended. */
export type AttemptOutcome =
  | {
      readonly by: "answer";
      readonly executedVersion: string;
      readonly functionError: string | undefined;
      /** As the function wrote it, or the error's. */
      readonly body: Buffer;
    }
  /** It did not run: no room for it, or a failure that is not the function's. */
  | { readonly by: "refusal"; readonly reason: "throttled" | "failed" }
  /** Its reserved concurrency is zero: nothing is asked again. */
  | { readonly by: "switchedOff" }
  /** The function, or the version or alias that was asked for, is not there any more. */
  | { readonly by: "absence" };

/** Why an event is given up. */
export type DropReason = "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency" | "FunctionNotFound";
