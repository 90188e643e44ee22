// Events with valid defaults, so that a test states only what matters to it.
import type { Numbered } from "./feed.ts";

type Ended = Extract<Numbered, { event: "InvocationEnded" }>;
type Throttled = Extract<Numbered, { event: "InvocationThrottled" }>;

const invoked = {
  sequence: 1,
  atMs: 0,
  requestId: "request-1",
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  qualifier: undefined,
  version: "$LATEST",
  underWay: { ofFunction: 1, ofAccount: 1, unreserved: 1, claimed: 0, provisioned: undefined },
  segments: undefined,
};

/** A warm invocation on demand that went well and took 2 ms. */
export function anEndedInvocation(given: Partial<Ended> = {}): Ended {
  return {
    event: "InvocationEnded",
    ...invoked,
    deploymentId: "111122223333/us-east-1/f:$LATEST@1",
    environmentId: "e",
    isCold: false,
    kind: "onDemand",
    isSpillover: false,
    waitedMs: 0.1,
    tookMs: 2.5,
    functionError: undefined,
    errorType: undefined,
    timing: { startedAtMs: 0, durationMs: 2, initMs: undefined },
    ...given,
  };
}

/** One that found the account's pool full. */
export function aThrottledInvocation(given: Partial<Throttled> = {}): Throttled {
  return { event: "InvocationThrottled", ...invoked, reason: "ConcurrentInvocationLimitExceeded", ...given };
}
