// PutResourcePolicy: replaces the whole policy of a function, a version or an alias, whatever made it.
import type { PutResourcePolicyRequest, PutResourcePolicyResponse } from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkPolicyLength } from "../policy-rules.ts";
import { targetOfArn } from "./resource-arn.ts";
import { checkRevision, existingRevision, keepPolicy } from "./resource-policies.ts";

/** The operation. */
export async function putResourcePolicy(
  parts: ControlPlaneParts,
  input: PutResourcePolicyRequest,
  context: RequestContext,
): Promise<PutResourcePolicyResponse> {
  const { ResourceArn, Policy = "", RevisionId } = input;
  const others = [{ name: "policy", value: input.Policy, required: true }];
  const target = targetOfArn(ResourceArn, context, { action: "lambda:PutResourcePolicy", others });
  checkPolicyLength(Policy);
  const problem = parts.policyRules.problemOf(Policy);
  if (problem !== undefined) throw invalidParameter(`The policy is not valid: ${problem}.`);
  return await parts.serially(target, async () => {
    checkRevision(existingRevision(parts, target), RevisionId, "GetResourcePolicy");
    return { Policy, RevisionId: await keepPolicy(parts, target, Policy) };
  });
}
