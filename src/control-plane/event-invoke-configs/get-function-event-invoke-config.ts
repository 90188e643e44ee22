// GetFunctionEventInvokeConfig: of one version or alias, or the function itself.
import type { FunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { configOf, targetOf, toAnswer } from "./event-invoke-configs.ts";

/** The operation. */
export function getFunctionEventInvokeConfig(
  parts: ControlPlaneParts,
  input: GetFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<FunctionEventInvokeConfig> {
  const target = targetOf(input, context, "lambda:GetFunctionEventInvokeConfig");
  return Promise.resolve(toAnswer(target, configOf(parts, target)));
}
