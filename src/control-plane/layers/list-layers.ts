// ListLayers: the account's layers by name, each with its latest version; narrowed, with the latest that matches.
import type { LayersListItem, ListLayersRequest, ListLayersResponse } from "@aws-sdk/client-lambda";
import { layerArn, type LayerVersion } from "../../model/layer.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import { page } from "../page.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { listConstraints, matches, toListItem } from "./layer-rules.ts";

const toItem = (latest: LayerVersion): LayersListItem => ({
  LayerName: latest.layerName,
  LayerArn: layerArn(latest),
  LatestMatchingVersion: toListItem(latest),
});

/** The operation. */
export async function listLayers(
  parts: ControlPlaneParts,
  input: ListLayersRequest,
  context: RequestContext,
): Promise<ListLayersResponse> {
  validate(listConstraints(input));
  const all = await parts.layers.all(context.accountId, context.region);
  const matching = all.filter((it) => matches(it, input));
  const latest = matching.filter((it, index) => matching[index - 1]?.layerName !== it.layerName);
  const { items, next } = page(latest, input.Marker, input.MaxItems);
  return { Layers: items.map(toItem), ...(next === undefined ? {} : { NextMarker: next }) };
}
