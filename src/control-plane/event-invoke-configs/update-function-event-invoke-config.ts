// UpdateFunctionEventInvokeConfig: changes what is given, and leaves the rest.
import type { FunctionEventInvokeConfig, UpdateFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkConfig } from "./event-invoke-config-rules.ts";
import { changed, configOf, isThere, keep, noSuchFunction, targetOf } from "./event-invoke-configs.ts";

/** The operation. */
export async function updateFunctionEventInvokeConfig(
  parts: ControlPlaneParts,
  input: UpdateFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<FunctionEventInvokeConfig> {
  checkConfig(input);
  const target = targetOf(input, context, "lambda:UpdateFunctionEventInvokeConfig");
  return await parts.serially(target, async () => {
    if (!isThere(parts, target)) throw noSuchFunction();
    return await keep(parts, target, changed(configOf(parts, target), input, parts.clock.nowMs()));
  });
}
