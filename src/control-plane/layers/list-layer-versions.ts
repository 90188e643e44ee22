// ListLayerVersions: a layer's versions, the newest first. A layer that is not there has none.
import type { ListLayerVersionsRequest, ListLayerVersionsResponse } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import { page } from "../page.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { layerNameConstraint, listConstraints, matches, toListItem } from "./layer-rules.ts";
import { ownLayer } from "./resolve-layer.ts";

/** The operation. */
export async function listLayerVersions(
  parts: ControlPlaneParts,
  input: ListLayerVersionsRequest,
  context: RequestContext,
): Promise<ListLayerVersionsResponse> {
  validate([layerNameConstraint(input.LayerName), ...listConstraints(input)]);
  const all = await parts.layers.versions(ownLayer(input.LayerName, context, "lambda:ListLayerVersions"));
  const matching = all.filter((it) => matches(it, input));
  const { items, next } = page(matching, input.Marker, input.MaxItems);
  return { LayerVersions: items.map(toListItem), ...(next === undefined ? {} : { NextMarker: next }) };
}
