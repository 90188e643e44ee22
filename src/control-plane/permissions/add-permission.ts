// AddPermission: lets another account, somebody or a service do something to a function, a version or an alias.
import type { AddPermissionRequest, AddPermissionResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { givenStatement, permissionConstraints, withStatement } from "./permission-rules.ts";
import { checkRevision, existingRevision, keepPolicy, policyTarget } from "./resource-policies.ts";

/** The operation. */
export async function addPermission(
  parts: ControlPlaneParts,
  input: AddPermissionRequest,
  context: RequestContext,
): Promise<AddPermissionResponse> {
  validate([...addressConstraints(input), ...permissionConstraints(input)]);
  const target = policyTarget(input, context, "lambda:AddPermission");
  const statement = givenStatement(input, target.arn, parts.policyRules.isPrincipal);
  return await parts.serially(target, async () => {
    const revision = existingRevision(parts, target);
    const policy = withStatement(parts.publication.resourcePolicy(target, target.qualifier), statement);
    checkRevision(revision, input.RevisionId, "GetPolicy");
    await keepPolicy(parts, target, policy);
    return { Statement: JSON.stringify(statement) };
  });
}
