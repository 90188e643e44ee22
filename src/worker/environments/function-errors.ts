// How an invocation fails when the runtime itself does not say so: the platform's error bodies. Pure.
import type { RuntimeExit } from "../sandboxes/sandbox-driver.ts";
import type { ExtensionFailure } from "./extension-sessions.ts";

/** A function error: the invoke succeeded, the function did not. */
export interface FunctionError {
  readonly errorType: string;
  readonly body: Buffer;
}

const SIGNALS: Readonly<Record<number, string>> = {
  4: "illegal instruction",
  5: "trace/breakpoint trap",
  6: "aborted",
  7: "bus error",
  8: "floating point exception",
  9: "killed",
  11: "segmentation fault",
  13: "broken pipe",
  15: "terminated",
};

function functionError(errorType: string, errorMessage: string): FunctionError {
  return { errorType, body: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

/** The task ran longer than its timeout. */
export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  return functionError(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
  );
}

/** The response is over 6 MB. */
export function responseTooLarge(bytesMax: number): FunctionError {
  const errorType = "Function.ResponseSizeTooLarge";
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${bytesMax} bytes).`;
  return { errorType, body: Buffer.from(JSON.stringify({ errorMessage, errorType })) };
}

/** A streamed response is over 200 MB: what is over is cut off. */
export function streamTooLarge(): FunctionError {
  return functionError(
    "Function.ResponseSizeTooLarge",
    "Response payload size exceeded maximum allowed payload size (209715200 bytes).",
  );
}

/** The runtime let go of a response that it streamed, before its end. */
export function truncatedStream(requestId: string): FunctionError {
  return functionError("Runtime.TruncatedResponse", `RequestId: ${requestId} Error: Response stream was truncated`);
}

/** An extension ended, or said that it can't go on. */
export function extensionFailed(requestId: string, { errorType, about }: ExtensionFailure): FunctionError {
  return functionError(errorType, `RequestId: ${requestId} Error: ${about}`);
}

/** The runtime posted its response in a mode that does not exist. */
export function invalidResponseMode(requestId: string): FunctionError {
  return functionError(
    "Runtime.InvalidResponseModeHeader",
    `RequestId: ${requestId} Error: Invalid function response mode`,
  );
}

/** The runtime's process ended under an invocation. */
export function exited(requestId: string, exit: RuntimeExit, wasOutOfMemory: boolean): FunctionError {
  const about = `RequestId: ${requestId} Error: `;
  if (wasOutOfMemory) return functionError("Runtime.OutOfMemory", `${about}Runtime exited with error: signal: killed`);
  switch (exit.kind) {
    case "noBootstrap":
      return functionError(
        "Runtime.InvalidEntrypoint",
        `${about}Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]`,
      );
    case "exited":
      return functionError(
        "Runtime.ExitError",
        exit.code === 0
          ? `${about}Runtime exited without providing a reason`
          : `${about}Runtime exited with error: exit status ${exit.code}`,
      );
    case "signalled":
      return functionError(
        "Runtime.ExitError",
        `${about}Runtime exited with error: signal: ${SIGNALS[exit.signal] ?? String(exit.signal)}`,
      );
    default:
      return functionError("Runtime.ExitError", `${about}Runtime exited with error: signal: killed`);
  }
}

/** The error type in a body that a runtime posted; bounded, and never trusted to be JSON. */
export function errorTypeOf(body: Buffer): string {
  if (body.length > 1 << 20) return "Unknown";
  try {
    const parsed = JSON.parse(body.toString("utf8")) as unknown;
    const found = (parsed as { errorType?: unknown } | null)?.errorType;
    return typeof found === "string" ? found : "Unknown";
  } catch {
    return "Unknown";
  }
}
