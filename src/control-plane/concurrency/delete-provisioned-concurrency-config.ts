// DeleteProvisionedConcurrencyConfig: no environments are kept ready any more.
import type { DeleteProvisionedConcurrencyConfigRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkThere, dropProvisioned, namedConfig } from "./provisioned-concurrency.ts";

/** The operation; a config that is not there is no matter, as on AWS. */
export async function deleteProvisionedConcurrencyConfig(
  parts: ControlPlaneParts,
  input: DeleteProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<object> {
  const target = namedConfig(input, context, {
    action: "lambda:DeleteProvisionedConcurrencyConfig",
    onLatest: "The function resource provided must be an alias or a published version.",
  });
  await parts.serially(target, async () => {
    checkThere(parts, target);
    await dropProvisioned(parts, target);
  });
  return {};
}
