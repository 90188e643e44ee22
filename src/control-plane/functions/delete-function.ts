// DeleteFunction: the whole function, or one published version.
import type { DeleteFunctionRequest, DeleteFunctionResponse } from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { resolveAddress } from "../../model/resolve-address.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";

/** The operation. Invocations under way end; new ones find nothing. */
export async function deleteFunction(
  parts: ControlPlaneParts,
  input: DeleteFunctionRequest,
  context: RequestContext,
): Promise<DeleteFunctionResponse> {
  const address = resolveAddress(input, context, "lambda:DeleteFunction");
  if (address.qualifier === "$LATEST") {
    throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
  }
  if (address.qualifier !== undefined && !/^\d+$/u.test(address.qualifier)) {
    throw invalidParameter("Deletion of aliases is not currently supported.");
  }
  await parts.serially(address, async () => {
    existing(parts, address.qualifier === undefined ? address : { ...address, qualifier: undefined });
    await parts.functions.remove(address, address.qualifier);
    parts.publication.remove(address, address.qualifier);
  });
  return { StatusCode: 204 };
}
