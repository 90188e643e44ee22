// ListProvisionedConcurrencyConfigs: all of a function's, by qualifier.
import type {
  ListProvisionedConcurrencyConfigsRequest,
  ListProvisionedConcurrencyConfigsResponse,
} from "@aws-sdk/client-lambda";
import { functionArn } from "../../model/function-arn.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { page } from "../page.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { toProvisionedAnswer } from "./provisioned-concurrency.ts";

/** The operation. */
export async function listProvisionedConcurrencyConfigs(
  parts: ControlPlaneParts,
  input: ListProvisionedConcurrencyConfigsRequest,
  context: RequestContext,
): Promise<ListProvisionedConcurrencyConfigsResponse> {
  const { FunctionName } = input;
  validate([...addressConstraints({ FunctionName }), { name: "maxItems", value: input.MaxItems, range: [1, 50] }]);
  const found = resolveAddress({ FunctionName }, context, "lambda:ListProvisionedConcurrencyConfigs");
  const address = { ...found, qualifier: undefined };
  existing(parts, address);
  const { items, next } = page(await parts.concurrency.provisioned(address), input.Marker, input.MaxItems);
  return {
    ProvisionedConcurrencyConfigs: items.map((it) => ({
      FunctionArn: functionArn({ ...address, qualifier: it.qualifier }),
      ...toProvisionedAnswer(it, parts.provisionedStatus(address, it.qualifier)),
    })),
    ...(next === undefined ? {} : { NextMarker: next }),
  };
}
