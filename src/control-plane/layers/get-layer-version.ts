// GetLayerVersion and GetLayerVersionByArn: a version whole, of the caller's own or shared with its account.
import type {
  GetLayerVersionByArnRequest,
  GetLayerVersionRequest,
  GetLayerVersionResponse,
} from "@aws-sdk/client-lambda";
import { resourceNotFound } from "../../model/lambda-exceptions.ts";
import { type LayerKey, parseLayerArn } from "../../model/layer.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { arnConstraint, checkVersionNumber, layerNameConstraint, toLayerVersion } from "./layer-rules.ts";
import { resolveLayer, usableVersion } from "./resolve-layer.ts";

async function show(
  parts: ControlPlaneParts,
  layer: LayerKey,
  version: number,
  context: RequestContext,
): Promise<GetLayerVersionResponse> {
  const found = await usableVersion(parts, layer, version, context);
  if (found === undefined) throw resourceNotFound("The resource you requested does not exist.");
  return toLayerVersion(found, parts.codeLocation(found.content.sha256, context.endpoint));
}

/** The operation. */
export async function getLayerVersion(
  parts: ControlPlaneParts,
  input: GetLayerVersionRequest,
  context: RequestContext,
): Promise<GetLayerVersionResponse> {
  validate([layerNameConstraint(input.LayerName)]);
  checkVersionNumber(input.VersionNumber);
  return await show(parts, resolveLayer(input.LayerName, context), input.VersionNumber ?? 0, context);
}

/** The operation. */
export async function getLayerVersionByArn(
  parts: ControlPlaneParts,
  input: GetLayerVersionByArnRequest,
  context: RequestContext,
): Promise<GetLayerVersionResponse> {
  validate([arnConstraint(input.Arn)]);
  const version = parseLayerArn(input.Arn ?? "")?.version;
  checkVersionNumber(version);
  return await show(parts, resolveLayer(input.Arn, context), version ?? 0, context);
}
