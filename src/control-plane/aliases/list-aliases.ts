// ListAliases: a function's aliases by name, all of them or those that may run one version.
import type { ListAliasesRequest, ListAliasesResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { maxItemsConstraint, page } from "../page.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { toAliasConfiguration, versionConstraint, versionsOf } from "./alias-rules.ts";

/** The operation. */
export function listAliases(
  parts: ControlPlaneParts,
  input: ListAliasesRequest,
  context: RequestContext,
): Promise<ListAliasesResponse> {
  const { FunctionVersion: version } = input;
  validate([
    ...addressConstraints({ FunctionName: input.FunctionName }),
    versionConstraint(version, false),
    maxItemsConstraint(input.MaxItems),
  ]);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:ListAliases");
  existing(parts, { ...address, qualifier: undefined });
  const all = parts.publication.aliases(address);
  const matching = version === undefined ? all : all.filter((it) => versionsOf(it).includes(version));
  const { items, next } = page(matching, input.Marker, input.MaxItems);
  return Promise.resolve({
    Aliases: items.map(toAliasConfiguration),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}
