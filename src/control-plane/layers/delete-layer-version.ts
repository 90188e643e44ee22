// DeleteLayerVersion: nobody can take it into a function any more; functions that have it go on.
import type { DeleteLayerVersionRequest } from "@aws-sdk/client-lambda";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkVersionNumber, layerNameConstraint } from "./layer-rules.ts";
import { ownLayer } from "./resolve-layer.ts";

/** The operation; a version that is not there is no matter, as on AWS. */
export async function deleteLayerVersion(
  parts: ControlPlaneParts,
  input: DeleteLayerVersionRequest,
  context: RequestContext,
): Promise<object> {
  validate([layerNameConstraint(input.LayerName)]);
  checkVersionNumber(input.VersionNumber);
  const layer = ownLayer(input.LayerName, context, "lambda:DeleteLayerVersion");
  await parts.changingLayer(layer, () => parts.layers.remove(layer, input.VersionNumber ?? 0));
  return {};
}
