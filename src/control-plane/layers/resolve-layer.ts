// Which layer a request means, and how operations find one of its versions.
import { notAllowedByPolicy, preconditionFailed, resourceNotFound } from "../../model/lambda-exceptions.ts";
import { layerArn, type LayerKey, type LayerVersion, layerVersionArn, parseLayerArn } from "../../model/layer.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { mayUse } from "./layer-policy.ts";
import { checkVersionNumber } from "./layer-rules.ts";

/** A layer by its name or ARN; one of another account's too. Throws ResourceNotFoundException for another region's. */
export function resolveLayer(nameOrArn: string | undefined, context: RequestContext): LayerKey {
  const { accountId, region } = context;
  const layer = parseLayerArn(nameOrArn ?? "") ?? { accountId, region, layerName: nameOrArn ?? "" };
  if (layer.region !== region) throw resourceNotFound("The resource you requested does not exist.");
  return { accountId: layer.accountId, region, layerName: layer.layerName };
}

/** A layer of the caller's own. Throws AccessDeniedException for another account's; no policy can allow the action. */
export function ownLayer(nameOrArn: string | undefined, context: RequestContext, action: string): LayerKey {
  const layer = resolveLayer(nameOrArn, context);
  if (layer.accountId !== context.accountId) throw notAllowedByPolicy(context.principalArn, action, layerArn(layer));
  return layer;
}

/**
 * A version that the caller may use. Throws AccessDeniedException for another account's that is not shared or not there,
 * which look the same; undefined for one of the caller's own that is not there.
 */
export async function usableVersion(
  parts: ControlPlaneParts,
  layer: LayerKey,
  version: number,
  context: RequestContext,
): Promise<LayerVersion | undefined> {
  const found = await parts.layers.get(layer, version);
  const isOwn = layer.accountId === context.accountId;
  if (!isOwn && (found === undefined || !mayUse(found, context.accountId))) {
    throw notAllowedByPolicy(context.principalArn, "lambda:GetLayerVersion", layerVersionArn(layer, version));
  }
  return found;
}

/** A version of the caller's own whose policy a request is about. Throws ResourceNotFoundException. */
export async function ownVersion(
  parts: ControlPlaneParts,
  layer: LayerKey,
  version: number | undefined,
): Promise<LayerVersion> {
  checkVersionNumber(version);
  const found = await parts.layers.get(layer, version ?? 0);
  if (found === undefined)
    throw resourceNotFound(`Layer version ${layerVersionArn(layer, version ?? 0)} does not exist.`);
  return found;
}

/** Refuses a change against an outdated policy. */
export function checkRevision(version: LayerVersion, revisionId: string | undefined): void {
  if (revisionId !== undefined && revisionId !== version.policy?.revisionId) throw preconditionFailed("GetLayerPolicy");
}
