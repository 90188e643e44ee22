// Provisioned concurrency as it is set and taken away, by clients and by whoever scales it for them.
import type { PutProvisionedConcurrencyConfigResponse } from "@aws-sdk/client-lambda";
import type { ProvisionedStatus } from "../../model/concurrency.ts";
import { functionArn } from "../../model/function-arn.ts";
import { aliasNotFound, functionNotFound, invalidParameter, resourceConflict } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import type { QualifiedFunction } from "../../model/qualified-function.ts";
import { addressConstraints, resolveAddress } from "../../model/resolve-address.ts";
import { type Constraint, validate } from "../../model/validation.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { checkProvisioned, withProvisioned } from "./concurrency-rules.ts";
import type { ProvisionedConfig } from "./concurrency-store.ts";
import { inPool } from "./pool.ts";

/** Nothing has been started yet. */
const UNTOUCHED: ProvisionedStatus = { status: "IN_PROGRESS", allocated: 0, available: 0, reason: undefined };

const isVersion = (qualifier: string): boolean => /^\d+$/u.test(qualifier);

/** What a request about one config names. Throws ValidationException, or InvalidParameterValueException for $LATEST. */
export function namedConfig(
  input: { readonly FunctionName?: string | undefined; readonly Qualifier?: string | undefined },
  context: RequestContext,
  about: { readonly action: string; readonly onLatest: string; readonly more?: readonly Constraint[] },
): QualifiedFunction {
  const constraints = addressConstraints(input).map((it) => (it.name === "qualifier" ? { ...it, required: true } : it));
  validate([...constraints, ...(about.more ?? [])]);
  const { qualifier = "$LATEST", ...address } = resolveAddress(input, context, about.action);
  if (qualifier === "$LATEST") throw invalidParameter(about.onLatest);
  return { ...address, qualifier };
}

/** Whether provisioned concurrency can be asked for there: on a published version or an alias. */
export function isThere(parts: ControlPlaneParts, target: QualifiedFunction): boolean {
  if (isVersion(target.qualifier)) return parts.publication.get(target, target.qualifier) !== undefined;
  return parts.publication.alias(target, target.qualifier) !== undefined;
}

/** Throws ResourceNotFoundException when the version or alias is not there. */
export function checkThere(parts: ControlPlaneParts, target: QualifiedFunction): void {
  const isFunction = parts.publication.get(target, "$LATEST") !== undefined;
  if (!isFunction) throw functionNotFound(functionArn({ ...target, qualifier: undefined }));
  if (isThere(parts, target)) return;
  throw isVersion(target.qualifier) ? functionNotFound(functionArn(target)) : aliasNotFound(functionArn(target));
}

/** Refuses what can't stand beside what is configured already. Throws ResourceConflictException or InvalidParameterValueException. */
function checkBeside(parts: ControlPlaneParts, target: QualifiedFunction): void {
  const { provisioned } = parts.publication.concurrency(target);
  const alias = parts.publication.alias(target, target.qualifier);
  if (alias !== undefined) checkProvisionedAlias(parts, alias);
  else if (
    parts.publication.aliases(target).some((it) => it.functionVersion === target.qualifier && provisioned.has(it.name))
  ) {
    throw resourceConflict("Version is pointed by a Provisioned Concurrency alias");
  }
}

/** What an alias with provisioned concurrency must be. Throws ResourceConflictException or InvalidParameterValueException. */
export function checkProvisionedAlias(
  parts: ControlPlaneParts,
  alias: Omit<QualifiedFunction, "qualifier"> & {
    readonly functionVersion: string;
    readonly routing: Readonly<Record<string, number>>;
  },
): void {
  if (alias.functionVersion === "$LATEST") {
    throw invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  if (Object.keys(alias.routing).length > 0) {
    throw invalidParameter("Alias with weights can not be used with Provisioned Concurrency");
  }
  if (parts.publication.concurrency(alias).provisioned.has(alias.functionVersion)) {
    throw resourceConflict(
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    );
  }
}

/** Sets how many environments are kept ready: 1 or more. Throws what PutProvisionedConcurrencyConfig does. */
export function setProvisioned(
  parts: ControlPlaneParts,
  target: QualifiedFunction,
  requested: number,
): Promise<ProvisionedConfig> {
  const { qualifier } = target;
  return inPool(parts, target, async (pool) => {
    checkThere(parts, target);
    checkBeside(parts, target);
    const before = parts.publication.concurrency(target);
    checkProvisioned(before, { qualifier, requested }, pool());
    const lastModified = new Date(parts.clock.nowMs()).toISOString().replace(/\.\d{3}Z$/u, "+0000");
    const config = { qualifier, requested, lastModified };
    await parts.concurrency.putProvisioned(target, config);
    parts.publication.publishConcurrency(target, withProvisioned(before, qualifier, requested));
    return config;
  });
}

/** Keeps none ready any more. To be called in the function's queue. */
export async function dropProvisioned(parts: ControlPlaneParts, target: QualifiedFunction): Promise<void> {
  const before = parts.publication.concurrency(target);
  if (!before.provisioned.has(target.qualifier)) return;
  await parts.concurrency.removeProvisioned(target, target.qualifier);
  parts.publication.publishConcurrency(target, withProvisioned(before, target.qualifier, undefined));
}

/** A config as AWS shows it, with the figures of the moment. */
export function toProvisionedAnswer(
  config: ProvisionedConfig,
  live: ProvisionedStatus = UNTOUCHED,
): PutProvisionedConcurrencyConfigResponse {
  return {
    RequestedProvisionedConcurrentExecutions: config.requested,
    AvailableProvisionedConcurrentExecutions: live.available,
    AllocatedProvisionedConcurrentExecutions: live.allocated,
    Status: live.status,
    ...(live.reason === undefined ? {} : { StatusReason: live.reason }),
    LastModified: config.lastModified,
  };
}
