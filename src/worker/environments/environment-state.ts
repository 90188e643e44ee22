// The life of an execution environment as one union and its transitions. Pure; the shell performs what they ask.
import { unreachable } from "../../foundation/fault.ts";

/** Why an initialisation did not end well. */
export type InitFailure = { readonly kind: "timeout" } | { readonly kind: "error"; readonly errorType: string };

/** Where an environment stands. Data that exists only in a state is a member of that state alone. */
export type EnvironmentState =
  | { readonly state: "Specialising" }
  | { readonly state: "Initialising"; readonly startedAtMs: number }
  /** `failure`: the runtime is down; the next invocation initialises again, within its own timeout. */
  | { readonly state: "Idle"; readonly failure: InitFailure | undefined; readonly initMs: number | undefined }
  | { readonly state: "Busy"; readonly requestId: string; readonly initMs: number | undefined }
  | { readonly state: "ShuttingDown" }
  | { readonly state: "Gone" };

/** What happens to an environment. */
export type EnvironmentEvent =
  | { readonly event: "created"; readonly nowMs: number }
  | { readonly event: "initialised"; readonly nowMs: number }
  | { readonly event: "initFailed"; readonly failure: InitFailure }
  | { readonly event: "invoked"; readonly requestId: string }
  | { readonly event: "answered" }
  | { readonly event: "stopping" }
  | { readonly event: "gone" };

/** The next state, or `undefined` where the event is not allowed. Illegal is the default. */
export function transition(from: EnvironmentState, event: EnvironmentEvent): EnvironmentState | undefined {
  if (event.event === "gone") return from.state === "Gone" ? undefined : { state: "Gone" };
  if (event.event === "stopping")
    return from.state === "Gone" || from.state === "ShuttingDown" ? undefined : { state: "ShuttingDown" };
  switch (from.state) {
    case "Specialising":
      return event.event === "created" ? { state: "Initialising", startedAtMs: event.nowMs } : undefined;
    case "Initialising":
      if (event.event === "initialised")
        return { state: "Idle", failure: undefined, initMs: event.nowMs - from.startedAtMs };
      return event.event === "initFailed" ? { state: "Idle", failure: event.failure, initMs: undefined } : undefined;
    case "Idle":
      return event.event === "invoked" ? { state: "Busy", requestId: event.requestId, initMs: from.initMs } : undefined;
    case "Busy":
      return event.event === "answered" ? { state: "Idle", failure: undefined, initMs: undefined } : undefined;
    case "ShuttingDown":
    case "Gone":
      return undefined;
    default:
      return unreachable(from);
  }
}
