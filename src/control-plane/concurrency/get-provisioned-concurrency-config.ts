// GetProvisionedConcurrencyConfig: what is asked for, and how far it has come.
import type {
  GetProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigResponse,
} from "@aws-sdk/client-lambda";
import { provisionedConfigNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkThere, namedConfig, toProvisionedAnswer } from "./provisioned-concurrency.ts";

/** The operation. */
export async function getProvisionedConcurrencyConfig(
  parts: ControlPlaneParts,
  input: GetProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const target = namedConfig(input, context, {
    action: "lambda:GetProvisionedConcurrencyConfig",
    onLatest: "The function resource provided must be an alias or a published version.",
  });
  checkThere(parts, target);
  const configs = await parts.concurrency.provisioned(target);
  const config = configs.find((it) => it.qualifier === target.qualifier);
  if (config === undefined) throw provisionedConfigNotFound();
  return toProvisionedAnswer(config, parts.provisionedStatus(target, target.qualifier));
}
