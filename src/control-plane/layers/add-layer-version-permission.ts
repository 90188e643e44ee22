// AddLayerVersionPermission: shares a layer version with an account, or with all.
import type { AddLayerVersionPermissionRequest, AddLayerVersionPermissionResponse } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { givenStatement, grantConstraints, policyOf, toStatement, withStatement } from "./layer-policy.ts";
import { layerNameConstraint } from "./layer-rules.ts";
import { checkRevision, ownLayer, ownVersion } from "./resolve-layer.ts";

/** The operation. */
export async function addLayerVersionPermission(
  parts: ControlPlaneParts,
  input: AddLayerVersionPermissionRequest,
  context: RequestContext,
): Promise<AddLayerVersionPermissionResponse> {
  validate([layerNameConstraint(input.LayerName), ...grantConstraints(input)]);
  const statement = givenStatement(input);
  const layer = ownLayer(input.LayerName, context, "lambda:AddLayerVersionPermission");
  return await parts.changingLayer(layer, async () => {
    const version = await ownVersion(parts, layer, input.VersionNumber);
    const statements = withStatement(version, statement);
    checkRevision(version, input.RevisionId);
    const revisionId = newUuid();
    await parts.layers.put({ ...version, policy: policyOf(statements, revisionId) });
    return { Statement: JSON.stringify(toStatement(version, statement)), RevisionId: revisionId };
  });
}
