// CreateAlias: a name for one published version, or two by weight, or $LATEST.
import type { AliasConfiguration, CreateAliasRequest } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { functionArn } from "../../model/function-arn.ts";
import { resourceConflict } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { aliasConstraints, checkRouting, givenRouting, toAliasConfiguration } from "./alias-rules.ts";
import { checkVersions } from "./check-versions.ts";

/** The operation. */
export async function createAlias(
  parts: ControlPlaneParts,
  input: CreateAliasRequest,
  context: RequestContext,
): Promise<AliasConfiguration> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), ...aliasConstraints(input, "create")]);
  const { accountId, region, functionName } = resolveAddress(
    { FunctionName: input.FunctionName },
    context,
    "lambda:CreateAlias",
  );
  const alias = {
    accountId,
    region,
    functionName,
    name: input.Name ?? "",
    functionVersion: input.FunctionVersion ?? "",
    description: input.Description ?? "",
    routing: givenRouting(input) ?? {},
    revisionId: newUuid(),
  };
  checkRouting(alias);
  return await parts.serially(alias, async () => {
    checkVersions(parts, alias);
    if (parts.publication.alias(alias, alias.name) !== undefined) {
      throw resourceConflict(`Alias already exists: ${functionArn({ ...alias, qualifier: alias.name })}`);
    }
    await parts.aliases.put(alias);
    parts.publication.publishAlias(alias);
    return toAliasConfiguration(alias);
  });
}
