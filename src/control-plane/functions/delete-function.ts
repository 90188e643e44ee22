// DeleteFunction: the whole function, or one published version.
import type { DeleteFunctionRequest, DeleteFunctionResponse } from "@aws-sdk/client-lambda";
import { invalidParameter, resourceConflict } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import { versionsOf } from "../aliases/alias-rules.ts";
import { dropProvisioned } from "../concurrency/provisioned-concurrency.ts";
import { drop as dropEventInvokeConfig } from "../event-invoke-configs/event-invoke-configs.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { dropResourcePolicy } from "../permissions/resource-policies.ts";

function checkUnreferenced(parts: ControlPlaneParts, address: ResolvedAddress, version: string): void {
  const referring = parts.publication.aliases(address).filter((it) => versionsOf(it).includes(version));
  if (referring.length === 0) return;
  const names = referring.map((it) => it.name).join(", ");
  throw resourceConflict(`Unable to delete version because the following aliases reference it: [${names}]`);
}

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
    const { qualifier } = address;
    if (qualifier !== undefined) {
      checkUnreferenced(parts, address, qualifier);
      await dropProvisioned(parts, { ...address, qualifier });
      await dropEventInvokeConfig(parts, { ...address, qualifier });
      await dropResourcePolicy(parts, { ...address, qualifier });
    }
    await parts.functions.remove(address, address.qualifier);
    parts.publication.remove(address, address.qualifier);
  });
  return { StatusCode: 204 };
}
