// ListFunctions and ListVersionsByFunction: pages of at most 50, by name and by number.
import type {
  ListFunctionsRequest,
  ListFunctionsResponse,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
} from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import { maxItemsConstraint, page } from "../page.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { toConfiguration } from "./function-configuration.ts";

/** The operation; `FunctionVersion=ALL` lists every version too. */
export function listFunctions(
  parts: ControlPlaneParts,
  input: ListFunctionsRequest,
  context: RequestContext,
): Promise<ListFunctionsResponse> {
  validate([
    { name: "masterRegion", value: input.MasterRegion, pattern: "ALL|[a-z]{2}(-gov)?-[a-z]+-\\d{1}" },
    { name: "functionVersion", value: input.FunctionVersion, values: ["ALL"] },
    maxItemsConstraint(input.MaxItems),
  ]);
  const { MasterRegion = "ALL" } = input;
  if (input.MasterRegion !== undefined && input.FunctionVersion !== "ALL") {
    throw invalidParameter("FunctionVersion must be set to ALL if MasterRegion is given.");
  }
  // No function here is a replica of one elsewhere, so its own region is its master's.
  const isHere = MasterRegion === "ALL" || MasterRegion === context.region;
  const latest = isHere ? parts.publication.functions(context.accountId, context.region) : [];
  const all = input.FunctionVersion === "ALL" ? latest.flatMap((it) => parts.publication.versions(it)) : latest;
  const { items, next } = page(all, input.Marker, input.MaxItems);
  const qualified = input.FunctionVersion === "ALL";
  return Promise.resolve({
    Functions: items.map((it) =>
      toConfiguration(it, { isListed: true, qualifier: qualified ? it.version : undefined }),
    ),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}

/** The operation; $LATEST comes first. */
export function listVersionsByFunction(
  parts: ControlPlaneParts,
  input: ListVersionsByFunctionRequest,
  context: RequestContext,
): Promise<ListVersionsByFunctionResponse> {
  validate([...addressConstraints({ FunctionName: input.FunctionName }), maxItemsConstraint(input.MaxItems)]);
  const address = resolveAddress({ FunctionName: input.FunctionName }, context, "lambda:ListVersionsByFunction");
  existing(parts, { ...address, qualifier: undefined });
  const { items, next } = page(parts.publication.versions(address), input.Marker, input.MaxItems);
  return Promise.resolve({
    Versions: items.map((it) => toConfiguration(it, { isListed: true, qualifier: it.version })),
    ...(next === undefined ? {} : { NextMarker: next }),
  });
}
