// The record that a destination is told of an asynchronous invocation. Pure.
// Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
import type { AttemptOutcome } from "../../model/async-event.ts";
import { UNQUALIFIED } from "../../model/event-invoke-config.ts";
import { functionArn } from "../../model/function-arn.ts";
import type { EndedEvent } from "../async-invoke/ended-event.ts";

function fromJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return bytes.toString("utf8");
  }
}

function responseOf(outcome: AttemptOutcome | undefined): object {
  if (outcome?.by !== "answer") return {};
  const { executedVersion, functionError, body } = outcome;
  return {
    responseContext: { statusCode: 200, executedVersion, ...(functionError === undefined ? {} : { functionError }) },
    responsePayload: body.length === 0 ? null : fromJson(body),
  };
}

/** The record of an event that has come to its end at `nowMs`. */
export function invocationRecord({ queued, next, outcome }: EndedEvent, nowMs: number): object {
  const { event, failures } = queued;
  const { requestId, qualifier = UNQUALIFIED } = event;
  const isFailure = outcome?.by === "answer" && outcome.functionError !== undefined;
  return {
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId,
      functionArn: functionArn({ ...event, qualifier }),
      condition: next.step === "drop" ? next.reason : "Success",
      // Of a success, one is told however many there were.
      approximateInvokeCount: next.step === "drop" ? failures + (isFailure ? 1 : 0) : 1,
    },
    requestPayload: event.payload.length === 0 ? null : fromJson(event.payload),
    ...responseOf(outcome),
  };
}
