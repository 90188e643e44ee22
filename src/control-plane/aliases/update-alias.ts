// UpdateAlias: points an alias elsewhere, or changes its weights or description. What is not named stays.
import type { AliasConfiguration, UpdateAliasRequest } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { preconditionFailed } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { checkProvisionedAlias } from "../concurrency/provisioned-concurrency.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { aliasConstraints, checkRouting, givenRouting, toAliasConfiguration } from "./alias-rules.ts";
import { checkVersions } from "./check-versions.ts";
import { existingAlias } from "./get-alias.ts";

/** The operation; an empty RoutingConfig takes the weights away. */
export async function updateAlias(
  parts: ControlPlaneParts,
  input: UpdateAliasRequest,
  context: RequestContext,
): Promise<AliasConfiguration> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), ...aliasConstraints(input, "update")]);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:UpdateAlias");
  return await parts.serially(address, async () => {
    const before = existingAlias(parts, address, input.Name ?? "");
    if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw preconditionFailed();
    const alias = {
      ...before,
      functionVersion: input.FunctionVersion ?? before.functionVersion,
      description: input.Description ?? before.description,
      routing: givenRouting(input) ?? before.routing,
      revisionId: newUuid(),
    };
    checkRouting(alias);
    checkVersions(parts, alias);
    if (parts.publication.concurrency(alias).provisioned.has(alias.name)) checkProvisionedAlias(parts, alias);
    await parts.aliases.put(alias);
    parts.publication.publishAlias(alias);
    return toAliasConfiguration(alias);
  });
}
