// GetFunctionConcurrency: the reservation, or nothing.
import type { GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { wholeFunction } from "./reserved-concurrency.ts";

/** The operation. */
export function getFunctionConcurrency(
  parts: ControlPlaneParts,
  input: GetFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<GetFunctionConcurrencyResponse> {
  const address = wholeFunction(input.FunctionName, context, "lambda:GetFunctionConcurrency");
  existing(parts, address);
  const { reserved } = parts.publication.concurrency(address);
  return Promise.resolve(reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved });
}
