// A call of code inside an environment that is not allowed, in the words of the API that it was made to.
import type { HttpAnswer } from "./http-connection.ts";

/** What was wrong. */
export interface Refusal {
  readonly accepted: false;
  readonly status: number;
  readonly errorType: string;
  readonly errorMessage: string;
}

/** Every answer of the APIs that has a body is JSON. */
export const JSON_TYPE: Readonly<Record<string, string>> = { "Content-Type": "application/json" };

/** The refusal on the wire. */
export function answerOfRefusal({ status, errorMessage, errorType }: Refusal): HttpAnswer {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ errorMessage, errorType }) };
}
