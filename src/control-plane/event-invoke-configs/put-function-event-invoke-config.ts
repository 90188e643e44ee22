// PutFunctionEventInvokeConfig: replaces what is configured; what is left out is gone.
import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkConfig } from "./event-invoke-config-rules.ts";
import { changed, isThere, keep, noSuchFunction, targetOf } from "./event-invoke-configs.ts";

/** The operation; events that wait are handled by it too. */
export async function putFunctionEventInvokeConfig(
  parts: ControlPlaneParts,
  input: PutFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<FunctionEventInvokeConfig> {
  checkConfig(input);
  const target = targetOf(input, context, "lambda:PutFunctionEventInvokeConfig");
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  const isEmpty =
    MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && DestinationConfig === undefined;
  if (isEmpty) throw invalidParameter("You must specify at least one of error handling or destination setting.");
  return await parts.serially(target, async () => {
    if (!isThere(parts, target)) throw noSuchFunction();
    return await keep(parts, target, changed(undefined, input, parts.clock.nowMs()));
  });
}
