// How an initialisation or an invocation ended, and what that means: for the caller, for the log, for the environment. Pure.
import type { RuntimeExit } from "../sandboxes/sandbox-driver.ts";
import { RESPONSE_BYTES_MAX } from "../runtime-api/runtime-api.ts";
import type { InitFailure } from "./environment-state.ts";
import type { ExtensionFailure, ShutdownReason } from "./extension-sessions.ts";
import {
  errorTypeOf,
  exited,
  extensionFailed,
  type FunctionError,
  invalidResponseMode,
  responseTooLarge,
  streamTooLarge,
  timedOut,
  truncatedStream,
} from "./function-errors.ts";
import type { PhaseStatus } from "./platform-events.ts";
import type { RuntimeAnswer } from "./runtime-session.ts";

/** Whichever came first. */
export type Ending =
  | { readonly by: "ready" }
  | { readonly by: "answer"; readonly answer: RuntimeAnswer }
  | { readonly by: "exit"; readonly exit: RuntimeExit; readonly wasOutOfMemory: boolean }
  | { readonly by: "extension"; readonly failure: ExtensionFailure }
  | { readonly by: "initError"; readonly body: Buffer }
  | { readonly by: "timeout" };

/** An invocation's ending as an error of the function; undefined for a response. */
export function errorOf(ending: Ending, requestId: string, timeoutMs: number): FunctionError | undefined {
  if (ending.by === "ready") return undefined;
  if (ending.by === "timeout") return timedOut(requestId, timeoutMs);
  if (ending.by === "exit") return exited(requestId, ending.exit, ending.wasOutOfMemory);
  if (ending.by === "extension") return extensionFailed(requestId, ending.failure);
  if (ending.by === "initError") return { errorType: errorTypeOf(ending.body), body: ending.body };
  const { answer } = ending;
  switch (answer.kind) {
    case "tooLarge":
      return responseTooLarge(RESPONSE_BYTES_MAX);
    case "invalidMode":
      return invalidResponseMode(requestId);
    case "error":
      return { errorType: errorTypeOf(answer.body), body: answer.body };
    case "streamed":
      return streamError(answer.brokenBy, requestId);
    default:
      return answer.midStreamError === undefined
        ? undefined
        : { errorType: errorTypeOf(answer.midStreamError), body: answer.midStreamError };
  }
}

function streamError(
  brokenBy: Extract<RuntimeAnswer, { kind: "streamed" }>["brokenBy"],
  requestId: string,
): FunctionError | undefined {
  if (brokenBy === undefined) return undefined;
  if (brokenBy === "tooLarge") return streamTooLarge();
  if (brokenBy === "cut") return truncatedStream(requestId);
  return { errorType: errorTypeOf(brokenBy), body: brokenBy };
}

/** An initialisation's ending as a failure; undefined where it went well. */
export function initFailureOf(ending: Ending): InitFailure | undefined {
  switch (ending.by) {
    case "ready":
    case "answer":
      return undefined;
    case "timeout":
      return { kind: "timeout" };
    case "initError":
      return { kind: "error", errorType: errorTypeOf(ending.body) };
    case "extension":
      return { kind: "error", errorType: ending.failure.errorType };
    default:
      return { kind: "error", errorType: exited("", ending.exit, ending.wasOutOfMemory).errorType };
  }
}

/** What the log says of an initialisation. */
export function initStatus(failure: InitFailure | undefined): PhaseStatus {
  if (failure === undefined) return { status: "success" };
  return failure.kind === "timeout" ? { status: "timeout" } : { status: "error", errorType: failure.errorType };
}

/** What the log says of an invocation. An error that the handler threw is no failure of the platform's part. */
export function invocationStatus(ending: Ending, error: FunctionError | undefined): PhaseStatus {
  if (ending.by === "timeout") return { status: "timeout" };
  if (ending.by === "answer" || error === undefined) return { status: "success" };
  return { status: "error", errorType: error.errorType };
}

/** Why the environment ends with it, as extensions are told. */
export function shutdownReasonOf(ending: Ending): ShutdownReason {
  return ending.by === "timeout" ? "timeout" : "failure";
}
