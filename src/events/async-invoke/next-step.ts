// What becomes of an event after an attempt. Pure.
// Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
import { unreachable } from "../../foundation/fault.ts";
import type { AttemptOutcome, DropReason } from "../../model/async-event.ts";
import type { EventInvokeConfig } from "../../model/event-invoke-config.ts";

/** How a function's errors are handled. */
export interface ErrorHandling {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeMs: number;
}

/** Where nothing is configured. */
export const DEFAULT_ERROR_HANDLING: ErrorHandling = { maximumRetryAttempts: 2, maximumEventAgeMs: 6 * 3_600_000 };

/** As it is configured. */
export function errorHandlingOf(config: EventInvokeConfig | undefined): ErrorHandling {
  const { maximumRetryAttempts, maximumEventAgeMs } = DEFAULT_ERROR_HANDLING;
  const seconds = config?.maximumEventAgeSeconds;
  return {
    maximumRetryAttempts: config?.maximumRetryAttempts ?? maximumRetryAttempts,
    maximumEventAgeMs: seconds === undefined ? maximumEventAgeMs : seconds * 1_000,
  };
}

/** What has happened to an event so far. */
export interface Attempts {
  readonly acceptedAtMs: number;
  /** That ended in the function's error. */
  readonly failures: number;
  /** In a row, that did not run. */
  readonly refusals: number;
}

/** What is next. */
export type NextStep =
  | { readonly step: "finish" }
  | { readonly step: "retry"; readonly dueMs: number; readonly failures: number; readonly refusals: number }
  | { readonly step: "drop"; readonly reason: DropReason };

/** After the first error a minute, after the second two more. */
const RETRY_AFTER_MS = [60_000, 120_000];
const REFUSED_AFTER_MS_MIN = 1_000;
const REFUSED_AFTER_MS_MAX = 300_000;

/** Whether an event is too old for another attempt. */
export function isTooOld({ acceptedAtMs }: Attempts, { maximumEventAgeMs }: ErrorHandling, nowMs: number): boolean {
  return nowMs - acceptedAtMs >= maximumEventAgeMs;
}

/** The step after an attempt that ended like this at `nowMs`. */
export function nextStep(before: Attempts, outcome: AttemptOutcome, handling: ErrorHandling, nowMs: number): NextStep {
  const { failures, refusals, acceptedAtMs } = before;
  // What would be due when it is too old is looked at once more when it becomes so, and given up then.
  const atLatest = (dueMs: number): number => Math.min(dueMs, acceptedAtMs + handling.maximumEventAgeMs);
  switch (outcome.by) {
    case "absence":
      return { step: "drop", reason: "FunctionNotFound" };
    case "switchedOff":
      return { step: "drop", reason: "ZeroReservedConcurrency" };
    case "refusal": {
      const afterMs = Math.min(REFUSED_AFTER_MS_MAX, REFUSED_AFTER_MS_MIN * 2 ** refusals);
      return { step: "retry", dueMs: atLatest(nowMs + afterMs), failures, refusals: refusals + 1 };
    }
    case "answer": {
      if (outcome.functionError === undefined) return { step: "finish" };
      if (failures >= handling.maximumRetryAttempts) return { step: "drop", reason: "RetriesExhausted" };
      const afterMs = RETRY_AFTER_MS[failures] ?? REFUSED_AFTER_MS_MAX;
      return { step: "retry", dueMs: atLatest(nowMs + afterMs), failures: failures + 1, refusals: 0 };
    }
    default:
      return unreachable(outcome);
  }
}
