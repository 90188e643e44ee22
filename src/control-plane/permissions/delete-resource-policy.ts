// DeleteResourcePolicy: takes the whole policy of a function, a version or an alias away.
import type { DeleteResourcePolicyRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { targetOfArn } from "./resource-arn.ts";
import { checkRevision, existingPolicy, existingRevision, keepPolicy } from "./resource-policies.ts";

/** The operation. */
export async function deleteResourcePolicy(
  parts: ControlPlaneParts,
  input: DeleteResourcePolicyRequest,
  context: RequestContext,
): Promise<object> {
  const target = targetOfArn(input.ResourceArn, context, { action: "lambda:DeleteResourcePolicy" });
  await parts.serially(target, async () => {
    const revision = existingRevision(parts, target);
    existingPolicy(parts, target);
    checkRevision(revision, input.RevisionId, "GetResourcePolicy");
    await keepPolicy(parts, target, undefined);
  });
  return {};
}
