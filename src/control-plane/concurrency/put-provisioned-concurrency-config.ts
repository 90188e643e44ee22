// PutProvisionedConcurrencyConfig: environments kept ready for a version or an alias.
import type {
  PutProvisionedConcurrencyConfigRequest,
  PutProvisionedConcurrencyConfigResponse,
} from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { namedConfig, setProvisioned, toProvisionedAnswer } from "./provisioned-concurrency.ts";

/** The operation; its answer always says that nothing has been allocated yet, as AWS's does. */
export async function putProvisionedConcurrencyConfig(
  parts: ControlPlaneParts,
  input: PutProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<PutProvisionedConcurrencyConfigResponse> {
  const { ProvisionedConcurrentExecutions: requested } = input;
  const target = namedConfig(input, context, {
    action: "lambda:PutProvisionedConcurrencyConfig",
    onLatest: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    more: [{ name: "provisionedConcurrentExecutions", value: requested, required: true, range: [1, 2_147_483_647] }],
  });
  return toProvisionedAnswer(await setProvisioned(parts, target, requested ?? 0));
}
