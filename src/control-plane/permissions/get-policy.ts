// GetPolicy: the policy of a function, a version or an alias, with the RevisionId that changes of it are held to.
import type { GetPolicyRequest, GetPolicyResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { policyTarget, shownPolicy } from "./resource-policies.ts";

/** The operation. */
export function getPolicy(
  parts: ControlPlaneParts,
  input: GetPolicyRequest,
  context: RequestContext,
): Promise<GetPolicyResponse> {
  validate(addressConstraints(input));
  const target = policyTarget(input, context, "lambda:GetPolicy");
  return Promise.resolve(shownPolicy(parts, target));
}
