// RemoveLayerVersionPermission: who had a layer version by this statement alone can't take it any more; its functions go on.
import type { RemoveLayerVersionPermissionRequest } from "@aws-sdk/client-lambda";
import { newUuid } from "../../foundation/ids.ts";
import { resourceNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { statementIdConstraint } from "../policy-rules.ts";
import { policyOf } from "./layer-policy.ts";
import { layerNameConstraint } from "./layer-rules.ts";
import { checkRevision, ownLayer, ownVersion } from "./resolve-layer.ts";

/** The operation. */
export async function removeLayerVersionPermission(
  parts: ControlPlaneParts,
  input: RemoveLayerVersionPermissionRequest,
  context: RequestContext,
): Promise<object> {
  validate([layerNameConstraint(input.LayerName), statementIdConstraint(input.StatementId)]);
  const layer = ownLayer(input.LayerName, context, "lambda:RemoveLayerVersionPermission");
  await parts.changingLayer(layer, async () => {
    const version = await ownVersion(parts, layer, input.VersionNumber);
    if (version.policy === undefined) throw resourceNotFound("No policy is associated with the given resource.");
    checkRevision(version, input.RevisionId);
    const rest = version.policy.statements.filter((it) => it.sid !== input.StatementId);
    if (rest.length === version.policy.statements.length) {
      throw resourceNotFound(`Statement ${input.StatementId ?? ""} is not found in resource policy.`);
    }
    await parts.layers.put({ ...version, policy: policyOf(rest, newUuid()) });
  });
  return {};
}
