// GetFunction and GetFunctionConfiguration: a version as it stands, and where its package can be fetched.
import type { FunctionConfiguration, GetFunctionRequest, GetFunctionResponse } from "@aws-sdk/client-lambda";
import type { FunctionVersion } from "../../model/function-version.ts";
import type { RequestContext } from "../../model/operation.ts";
import { resolveAddress } from "../../model/resolve-address.ts";
import { type ControlPlaneParts, existing } from "../parts.ts";
import { toConfiguration } from "./function-configuration.ts";

function locationOf(parts: ControlPlaneParts, { code }: FunctionVersion, endpoint: string): string {
  return code.localPath === undefined ? parts.codeLocation(code.sha256, endpoint) : `file://${code.localPath}`;
}

/** The operation: configuration, code location, and tags on reads of the function itself. */
export async function getFunction(
  parts: ControlPlaneParts,
  input: GetFunctionRequest,
  context: RequestContext,
): Promise<GetFunctionResponse> {
  const address = resolveAddress(input, context, "lambda:GetFunction");
  const version = existing(parts, address);
  const isOfFunction = address.qualifier === undefined || address.qualifier === "$LATEST";
  const tags = isOfFunction ? await parts.functions.tags(address) : {};
  const { reserved } = parts.publication.concurrency(address);
  return {
    Configuration: toConfiguration(version, address),
    Code: { RepositoryType: "S3", Location: locationOf(parts, version, context.endpoint) },
    ...(Object.keys(tags).length === 0 ? {} : { Tags: { ...tags } }),
    ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  };
}

/** The operation. */
export function getFunctionConfiguration(
  parts: ControlPlaneParts,
  input: GetFunctionRequest,
  context: RequestContext,
): Promise<FunctionConfiguration> {
  const address = resolveAddress(input, context, "lambda:GetFunctionConfiguration");
  return Promise.resolve(toConfiguration(existing(parts, address), address));
}
