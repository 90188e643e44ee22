// GetAlias, and how every operation on one alias finds it.
import type { AliasConfiguration, GetAliasRequest } from "@aws-sdk/client-lambda";
import type { Alias } from "../../model/alias.ts";
import { functionArn } from "../../model/function-arn.ts";
import { aliasNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { nameConstraint, toAliasConfiguration } from "./alias-rules.ts";

/** The alias of a function. Throws ResourceNotFoundException. */
export function existingAlias(parts: ControlPlaneParts, address: ResolvedAddress, name: string): Alias {
  const found = parts.publication.alias(address, name);
  if (found === undefined) throw aliasNotFound(functionArn({ ...address, qualifier: name }));
  return found;
}

/** The operation. */
export function getAlias(
  parts: ControlPlaneParts,
  input: GetAliasRequest,
  context: RequestContext,
): Promise<AliasConfiguration> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), nameConstraint(input.Name)]);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:GetAlias");
  return Promise.resolve(toAliasConfiguration(existingAlias(parts, address, input.Name ?? "")));
}
