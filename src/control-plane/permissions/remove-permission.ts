// RemovePermission: takes one statement of a policy back; with the last one the policy is gone.
import type { RemovePermissionRequest } from "@aws-sdk/client-lambda";
import { resourceNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { statementIdConstraint } from "../policy-rules.ts";
import { withoutStatement } from "./permission-rules.ts";
import { checkRevision, keepPolicy, policyTarget, revisionOf } from "./resource-policies.ts";

/** The operation. */
export async function removePermission(
  parts: ControlPlaneParts,
  input: RemovePermissionRequest,
  context: RequestContext,
): Promise<object> {
  validate([...addressConstraints(input), statementIdConstraint(input.StatementId)]);
  const target = policyTarget(input, context, "lambda:RemovePermission");
  await parts.serially(target, async () => {
    const revision = revisionOf(parts, target);
    if (revision === undefined) throw resourceNotFound(`No policy found for: ${target.arn}`);
    const policy = parts.publication.resourcePolicy(target, target.qualifier);
    if (policy === undefined) throw resourceNotFound("No policy is associated with the given resource.");
    const left = withoutStatement(policy, input.StatementId ?? "");
    checkRevision(revision, input.RevisionId, "GetPolicy");
    await keepPolicy(parts, target, left);
  });
  return {};
}
