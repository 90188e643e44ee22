// DeleteAlias: the name goes, the version that it pointed to stays.
import type { DeleteAliasRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { dropProvisioned } from "../concurrency/provisioned-concurrency.ts";
import { drop as dropEventInvokeConfig } from "../event-invoke-configs/event-invoke-configs.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { dropResourcePolicy } from "../permissions/resource-policies.ts";
import { nameConstraint } from "./alias-rules.ts";

/** The operation; an alias that is not there is no matter, as on AWS. */
export async function deleteAlias(
  parts: ControlPlaneParts,
  input: DeleteAliasRequest,
  context: RequestContext,
): Promise<object> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), nameConstraint(input.Name)]);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:DeleteAlias");
  const name = input.Name ?? "";
  await parts.serially(address, async () => {
    existing(parts, { ...address, qualifier: undefined });
    await dropProvisioned(parts, { ...address, qualifier: name });
    await dropEventInvokeConfig(parts, { ...address, qualifier: name });
    await dropResourcePolicy(parts, { ...address, qualifier: name });
    await parts.aliases.remove(address, name);
    parts.publication.removeAlias(address, name);
  });
  return {};
}
