// The layers that a function names: each found, allowed, of this region, and all of it together small enough.
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import {
  type FunctionLayer,
  LAYER_VERSION_ARN_PATTERN,
  type LayerVersion,
  layerArn,
  parseLayerArn,
} from "../../model/layer.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { Constraint } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { usableVersion } from "./resolve-layer.ts";

const LAYERS_MAX = 5;
/** Source: Lambda quotas, "Deployment package size": code and layers together. */
const UNZIPPED_BYTES_MAX = 262_144_000;

/** The constraint on layer versions' ARNs, in the service's model. */
export function layersConstraint(value: readonly string[] | undefined): Constraint {
  const itemPattern = `(${LAYER_VERSION_ARN_PATTERN})|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`;
  return { name: "layers", value, itemPattern, itemLength: [1, 2048] };
}

async function find(parts: ControlPlaneParts, arn: string, context: RequestContext): Promise<LayerVersion> {
  const missing = invalidParameter(`Layer version ${arn} does not exist.`);
  const layer = parseLayerArn(arn);
  if (layer?.version === undefined) throw missing;
  const isOwn = layer.accountId === context.accountId;
  // Another account's layer elsewhere is one that it does not share here, as on AWS.
  if (isOwn && layer.region !== context.region) {
    throw invalidParameter(
      `Layers are not in the same region as the function. Layers are expected to be in region ${context.region}.`,
    );
  }
  const found = await usableVersion(parts, layer, layer.version, context);
  if (found === undefined) throw missing;
  return found;
}

/**
 * The layers that a request names, as its function will keep them.
 * Throws InvalidParameterValueException or AccessDeniedException, for the first that can't be.
 */
export async function functionLayers(
  parts: ControlPlaneParts,
  arns: readonly string[],
  context: RequestContext,
): Promise<readonly FunctionLayer[]> {
  if (arns.length > LAYERS_MAX) throw invalidParameter(`Cannot reference more than ${LAYERS_MAX} layers.`);
  const found = new Map<string, FunctionLayer>();
  for (const arn of arns) {
    const version = await find(parts, arn, context);
    const layer = layerArn(version);
    const other = found.get(layer);
    if (other !== undefined) {
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other.arn} and ${arn} are versions of the same layer.`,
      );
    }
    parts.code.keep(version.content.sha256);
    found.set(layer, { arn, ...version.content });
  }
  return [...found.values()];
}

/** Refuses what is too large together. `codeBytes` is the function's own package, unzipped. */
export function checkCombinedSize(codeBytes: number, layers: readonly FunctionLayer[]): void {
  const bytes = layers.reduce((sum, it) => sum + it.unzippedBytes, codeBytes);
  if (layers.length === 0 || bytes <= UNZIPPED_BYTES_MAX) return;
  throw invalidParameter(
    `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_BYTES_MAX} bytes. The actual size is ${bytes} bytes.`,
  );
}
