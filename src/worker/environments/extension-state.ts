// Where an extension stands in the Extensions API's own life, and which of its calls are allowed there. Pure.
// Source: AWS's runtime interface emulator, whose state names its error messages carry.

/** The states, under AWS's names. */
export type ExtensionState =
  | "Started"
  | "Registered"
  | "Ready"
  | "Running"
  | "InitError"
  | "ExitError"
  | "Exited"
  | "LaunchError";

/** What an extension calls, by the state that it wants to be in. */
export type ExtensionCall = "Registered" | "Ready" | "InitError" | "ExitError";

const ALLOWED: Readonly<Record<ExtensionState, readonly ExtensionCall[]>> = {
  Started: ["Registered"],
  Registered: ["Ready", "InitError", "ExitError"],
  // It waits for an event: it can't ask for another.
  Ready: ["ExitError"],
  Running: ["Ready", "ExitError"],
  InitError: ["InitError"],
  ExitError: ["ExitError"],
  Exited: [],
  LaunchError: [],
};

/** Whether the call is allowed. */
export function allowsCall(from: ExtensionState, call: ExtensionCall): boolean {
  return ALLOWED[from].includes(call);
}

/** The Extensions API's words for a call that is not. */
export function extensionTransitionMessage(from: ExtensionState, call: ExtensionCall, name: string): string {
  return `State transition from ${from} to ${call} failed for extension ${name}. Error: State transition is not allowed`;
}
