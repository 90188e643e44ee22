// GetResourcePolicy: the same as GetPolicy, by ARN.
import type { GetResourcePolicyRequest, GetResourcePolicyResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { targetOfArn } from "./resource-arn.ts";
import { shownPolicy } from "./resource-policies.ts";

/** The operation. */
export function getResourcePolicy(
  parts: ControlPlaneParts,
  input: GetResourcePolicyRequest,
  context: RequestContext,
): Promise<GetResourcePolicyResponse> {
  const target = targetOfArn(input.ResourceArn, context, { action: "lambda:GetResourcePolicy" });
  return Promise.resolve(shownPolicy(parts, target));
}
