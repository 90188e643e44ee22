// DeleteFunctionConcurrency: the function shares the unreserved pool again.
import type { DeleteFunctionConcurrencyRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { inPool } from "./pool.ts";
import { wholeFunction } from "./reserved-concurrency.ts";

/** The operation; where nothing is reserved it does nothing. */
export async function deleteFunctionConcurrency(
  parts: ControlPlaneParts,
  input: DeleteFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<object> {
  const address = wholeFunction(input.FunctionName, context, "lambda:DeleteFunctionConcurrency");
  await inPool(parts, address, async () => {
    existing(parts, address);
    await parts.concurrency.setReserved(address, undefined);
    const { provisioned } = parts.publication.concurrency(address);
    parts.publication.publishConcurrency(address, { reserved: undefined, provisioned });
  });
  return {};
}
