// What can be scaled here: the provisioned concurrency of a function's version or alias. Pure.
import type { RequestContext } from "../../model/operation.ts";
import type { Constraint } from "../../model/validation.ts";
import { checkMembers, unsupported } from "./exceptions.ts";

/** A place in an account. */
export interface ScalingScope {
  readonly accountId: string;
  readonly region: string;
}

/** `function:f:prod` in an account and region. */
export interface ScalableResource extends ScalingScope {
  readonly resourceId: string;
}

/** The version or alias that a resource is. */
export interface ScaledFunction extends ScalingScope {
  readonly functionName: string;
  readonly qualifier: string;
}

export const SERVICE_NAMESPACE = "lambda";
export const SCALABLE_DIMENSION = "lambda:function:ProvisionedConcurrency";

/** Source: API reference, RegisterScalableTarget. */
const NAMESPACES = [
  "ecs",
  "elasticmapreduce",
  "ec2",
  "appstream",
  "dynamodb",
  "rds",
  "sagemaker",
  "custom-resource",
  "comprehend",
  "lambda",
  "cassandra",
  "kafka",
  "elasticache",
  "neptune",
  "workspaces",
];

/** How requests name a resource. */
export interface GivenResource {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

/** The constraint that every operation has. */
export function namespaceConstraint(value: string | undefined): Constraint {
  return { name: "serviceNamespace", value, required: true, values: NAMESPACES };
}

/** The function that a resource is; undefined for what can't be scaled: a $LATEST for instance, or another service's. */
export function scaledFunction(resource: ScalableResource): ScaledFunction | undefined {
  const found = /^function:([a-zA-Z0-9-_]{1,64}):([a-zA-Z0-9-_]{1,128})$/u.exec(resource.resourceId);
  const [, functionName, qualifier] = found ?? [];
  if (functionName === undefined || qualifier === undefined) return undefined;
  return { accountId: resource.accountId, region: resource.region, functionName, qualifier };
}

/** The resource that a request names. Throws ValidationException. */
export function namedResource(
  input: GivenResource,
  { accountId, region }: RequestContext,
  more: readonly Constraint[] = [],
): ScalableResource {
  checkMembers([
    namespaceConstraint(input.ServiceNamespace),
    { name: "resourceId", value: input.ResourceId, required: true, length: [1, 1600] },
    { name: "scalableDimension", value: input.ScalableDimension, required: true, length: [1, 1600] },
    ...more,
  ]);
  const resource = { accountId, region, resourceId: input.ResourceId ?? "" };
  const isKnown = input.ServiceNamespace === SERVICE_NAMESPACE && input.ScalableDimension === SCALABLE_DIMENSION;
  if (!isKnown || scaledFunction(resource) === undefined) throw unsupported();
  return resource;
}

/** `service namespace: lambda, resource ID: function:f:prod, scalable dimension: …`, as messages name a resource. */
export function inWords({ resourceId }: ScalableResource): string {
  return `service namespace: ${SERVICE_NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${SCALABLE_DIMENSION}`;
}

/** The members by which every answer names a resource. */
export function resourceMembers({ resourceId }: ScalableResource): {
  readonly ServiceNamespace: typeof SERVICE_NAMESPACE;
  readonly ResourceId: string;
  readonly ScalableDimension: typeof SCALABLE_DIMENSION;
} {
  return { ServiceNamespace: SERVICE_NAMESPACE, ResourceId: resourceId, ScalableDimension: SCALABLE_DIMENSION };
}

/** Whether a listing request that may name a dimension means these resources at all. */
export function isAsked(input: Omit<GivenResource, "ResourceId">): boolean {
  const { ServiceNamespace, ScalableDimension = SCALABLE_DIMENSION } = input;
  return ServiceNamespace === SERVICE_NAMESPACE && ScalableDimension === SCALABLE_DIMENSION;
}
