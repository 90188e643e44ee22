// Where a runtime stands in the Runtime API's own life, and which of its calls are allowed there. Pure.
// Source: AWS's runtime interface emulator, whose state names its error messages carry.

/** The states, under AWS's names. */
export type RuntimeState =
  | "Started"
  | "InitError"
  | "RestoreReady"
  | "Restoring"
  | "RestoreError"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "ResponseSent";

/** What a runtime calls, by the state that it wants to be in. */
export type RuntimeCall =
  | "Ready"
  | "RestoreReady"
  | "InitError"
  | "RestoreError"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  /** The first and the last byte of a response that is passed on as it is written. */
  | "StreamBegin"
  | "StreamEnd";

const ALLOWED: Readonly<Record<RuntimeState, Readonly<Partial<Record<RuntimeCall, RuntimeState>>>>> = {
  Started: { Ready: "Ready", RestoreReady: "RestoreReady", InitError: "InitError" },
  InitError: {},
  RestoreReady: {},
  Restoring: { Ready: "Ready", RestoreError: "RestoreError" },
  RestoreError: {},
  Ready: { Ready: "Ready" },
  // A runtime that asks again while it works on an event is given that event again.
  Running: {
    Ready: "Running",
    InvocationResponse: "ResponseSent",
    InvocationErrorResponse: "ResponseSent",
    StreamBegin: "InvocationResponse",
  },
  InvocationResponse: { StreamEnd: "ResponseSent" },
  ResponseSent: { Ready: "Ready" },
};

/** The state after a call, or undefined where the call is not allowed. */
export function afterCall(from: RuntimeState, call: RuntimeCall): RuntimeState | undefined {
  return ALLOWED[from][call];
}

/** The Runtime API's words for a call that is not allowed. */
export function stateTransitionMessage(from: RuntimeState, wanted: RuntimeCall): string {
  const call = wanted === "StreamBegin" ? "InvocationResponse" : wanted;
  return `State transition from ${from} to ${call} failed for runtime. Error: State transition is not allowed`;
}
