// ListFunctionEventInvokeConfigs: all of a function's, by qualifier.
import type {
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
} from "@aws-sdk/client-lambda";
import { UNQUALIFIED } from "../../model/event-invoke-config.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { page } from "../page.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { isThere, noSuchFunction, targetOf, toAnswer } from "./event-invoke-configs.ts";

/** The operation. */
export function listFunctionEventInvokeConfigs(
  parts: ControlPlaneParts,
  input: ListFunctionEventInvokeConfigsRequest,
  context: RequestContext,
): Promise<ListFunctionEventInvokeConfigsResponse> {
  const { FunctionName, Marker, MaxItems } = input;
  validate([...addressConstraints({ FunctionName }), { name: "maxItems", value: MaxItems, range: [1, 50] }]);
  const asked = targetOf({ FunctionName }, context, "lambda:ListFunctionEventInvokeConfigs");
  const target = { ...asked, qualifier: UNQUALIFIED };
  if (!isThere(parts, target)) throw noSuchFunction();
  const { items, next } = page(parts.publication.eventInvokeConfigs(target), Marker, MaxItems);
  return Promise.resolve({
    FunctionEventInvokeConfigs: items.map(({ qualifier, value }) => toAnswer({ ...target, qualifier }, value)),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}
