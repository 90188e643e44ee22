// GetLayerVersionPolicy: who may use a layer version.
import type { GetLayerVersionPolicyRequest, GetLayerVersionPolicyResponse } from "@aws-sdk/client-lambda";
import { resourceNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { toPolicy } from "./layer-policy.ts";
import { layerNameConstraint } from "./layer-rules.ts";
import { ownLayer, ownVersion } from "./resolve-layer.ts";

/** The operation. */
export async function getLayerVersionPolicy(
  parts: ControlPlaneParts,
  input: GetLayerVersionPolicyRequest,
  context: RequestContext,
): Promise<GetLayerVersionPolicyResponse> {
  validate([layerNameConstraint(input.LayerName)]);
  const layer = ownLayer(input.LayerName, context, "lambda:GetLayerVersionPolicy");
  const version = await ownVersion(parts, layer, input.VersionNumber);
  const { policy } = version;
  if (policy === undefined) throw resourceNotFound("No policy is associated with the given resource.");
  return { Policy: toPolicy(version, policy.statements), RevisionId: policy.revisionId };
}
