// What the operations on functions' policies share: whose policy is meant, and how it is kept. What it is of gets another
// RevisionId with each change.
import { newUuid } from "../../foundation/ids.ts";
import { UNQUALIFIED } from "../../model/event-invoke-config.ts";
import {
  functionNotFound,
  invalidParameter,
  preconditionFailed,
  resourceNotFound,
} from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { type GivenAddress, resolveAddress } from "../../model/resolve-address.ts";
import type { QualifiedFunction } from "../../model/qualified-function.ts";
import type { ControlPlaneParts } from "../parts.ts";

/** What a policy is of: a function (its qualifier is then `$LATEST`), a version or an alias. */
export interface PolicyTarget extends QualifiedFunction {
  /** As the request means it: without a qualifier for the function. */
  readonly arn: string;
}

/** What a request means. Throws InvalidParameterValueException for `$LATEST`, which can't have a policy of its own. */
export function policyTarget(input: GivenAddress, context: RequestContext, action: string): PolicyTarget {
  const { accountId, region, functionName, qualifier, arn } = resolveAddress(input, context, action);
  if (qualifier === UNQUALIFIED) throw invalidParameter("We currently do not support adding policies for $LATEST.");
  return { accountId, region, functionName, qualifier: qualifier ?? UNQUALIFIED, arn };
}

/** The RevisionId of a version or alias; undefined where it is not there. */
export function revisionOf({ publication }: ControlPlaneParts, target: PolicyTarget): string | undefined {
  const found = publication.alias(target, target.qualifier) ?? publication.get(target, target.qualifier);
  return found?.revisionId;
}

/** The same. Throws ResourceNotFoundException. */
export function existingRevision(parts: ControlPlaneParts, target: PolicyTarget): string {
  const found = revisionOf(parts, target);
  if (found === undefined) throw functionNotFound(target.arn);
  return found;
}

/** The policy that there is. Throws ResourceNotFoundException. */
export function existingPolicy({ publication }: ControlPlaneParts, target: PolicyTarget): string {
  const found = publication.resourcePolicy(target, target.qualifier);
  if (found === undefined) throw resourceNotFound("The resource you requested does not exist.");
  return found;
}

/** As answers show it, with the RevisionId that changes of it are held to. */
export function shownPolicy(parts: ControlPlaneParts, target: PolicyTarget): { Policy: string; RevisionId: string } {
  const RevisionId = existingRevision(parts, target);
  return { Policy: existingPolicy(parts, target), RevisionId };
}

/** Refuses a change against an outdated RevisionId. */
export function checkRevision(current: string, given: string | undefined, operation: string): void {
  if (given !== undefined && given !== current) throw preconditionFailed(operation);
}

async function renew({ publication, aliases, functions }: ControlPlaneParts, target: PolicyTarget): Promise<string> {
  const revisionId = newUuid();
  const alias = publication.alias(target, target.qualifier);
  const version = publication.get(target, target.qualifier);
  if (alias !== undefined) {
    await aliases.put({ ...alias, revisionId });
    publication.publishAlias({ ...alias, revisionId });
  } else if (version !== undefined) {
    await functions.put({ ...version, revisionId });
    publication.publish({ ...version, revisionId });
  }
  return revisionId;
}

/** Keeps and publishes a policy, or takes it away; gives the new RevisionId. To be called serially. */
export async function keepPolicy(
  parts: ControlPlaneParts,
  target: PolicyTarget,
  policy: string | undefined,
): Promise<string> {
  if (policy === undefined) await parts.resourcePolicies.remove(target);
  else await parts.resourcePolicies.put(target, policy);
  parts.publication.publishResourcePolicy(target, target.qualifier, policy);
  return await renew(parts, target);
}

/** Takes the policy of a version or alias away that goes itself. */
export async function dropResourcePolicy(parts: ControlPlaneParts, target: QualifiedFunction): Promise<void> {
  if (parts.publication.resourcePolicy(target, target.qualifier) === undefined) return;
  await parts.resourcePolicies.remove(target);
  parts.publication.publishResourcePolicy(target, target.qualifier, undefined);
}
