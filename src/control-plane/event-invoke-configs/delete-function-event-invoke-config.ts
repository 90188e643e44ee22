// DeleteFunctionEventInvokeConfig: from then on AWS's defaults hold.
import type { DeleteFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { configOf, drop, targetOf } from "./event-invoke-configs.ts";

/** The operation. */
export async function deleteFunctionEventInvokeConfig(
  parts: ControlPlaneParts,
  input: DeleteFunctionEventInvokeConfigRequest,
  context: RequestContext,
): Promise<object> {
  const target = targetOf(input, context, "lambda:DeleteFunctionEventInvokeConfig");
  await parts.serially(target, async () => {
    configOf(parts, target);
    await drop(parts, target);
  });
  return {};
}
