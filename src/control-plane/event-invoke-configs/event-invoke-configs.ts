// What the operations on event invoke configs share: whose config is meant, how it is changed, and how an answer shows it.
import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import { type EventInvokeConfig, UNQUALIFIED } from "../../model/event-invoke-config.ts";
import { functionArn } from "../../model/function-arn.ts";
import { resourceNotFound } from "../../model/lambda-exceptions.ts";
import type { RequestContext, ServiceException } from "../../model/operation.ts";
import { type GivenAddress, resolveAddress } from "../../model/resolve-address.ts";
import { type ControlPlaneParts, meant } from "../parts.ts";
import { checkDestination } from "./event-invoke-config-rules.ts";
import type { QualifiedFunction } from "../../model/qualified-function.ts";

/** The version or alias that a request means. */
export function targetOf(input: GivenAddress, context: RequestContext, action: string): QualifiedFunction {
  const { accountId, region, functionName, qualifier = UNQUALIFIED } = resolveAddress(input, context, action);
  return { accountId, region, functionName, qualifier };
}

/** Whether a function has this version or alias. */
export function isThere(parts: ControlPlaneParts, target: QualifiedFunction): boolean {
  return meant(parts, target, target.qualifier) !== undefined;
}

/** 404 for a function, version or alias, by the operations on these configs. */
export function noSuchFunction(): ServiceException {
  return resourceNotFound("The function doesn't exist.");
}

/** The config that is there. Throws ResourceNotFoundException. */
export function configOf({ publication }: ControlPlaneParts, target: QualifiedFunction): EventInvokeConfig {
  const found = publication.eventInvokeConfig(target, target.qualifier);
  if (found === undefined)
    throw resourceNotFound(`The function ${functionArn(target)} doesn't have an EventInvokeConfig`);
  return found;
}

/** The config as a request has it, over what was before it. An empty destination is none. */
export function changed(
  before: Omit<EventInvokeConfig, "lastModifiedMs"> | undefined,
  input: PutFunctionEventInvokeConfigRequest,
  nowMs: number,
): EventInvokeConfig {
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  const destination = (given: { Destination?: string | undefined } | undefined, known: string | undefined) =>
    given === undefined ? known : given.Destination === "" ? undefined : given.Destination;
  return {
    maximumRetryAttempts: input.MaximumRetryAttempts ?? before?.maximumRetryAttempts,
    maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds,
    onSuccess: destination(OnSuccess, before?.onSuccess),
    onFailure: destination(OnFailure, before?.onFailure),
    lastModifiedMs: nowMs,
  };
}

/** Checks a config against what there is, keeps and publishes it. Throws what `checkDestination` does. */
export async function keep(
  parts: ControlPlaneParts,
  target: QualifiedFunction,
  config: EventInvokeConfig,
): Promise<FunctionEventInvokeConfig> {
  const exists = (functionName: string, qualifier = UNQUALIFIED): boolean =>
    isThere(parts, { ...target, functionName, qualifier });
  for (const side of ["onSuccess", "onFailure"] as const) {
    const arn = config[side];
    if (arn !== undefined) checkDestination(side, arn, target, exists);
  }
  await parts.eventInvokeConfigs.put(target, config);
  parts.publication.publishEventInvokeConfig(target, target.qualifier, config);
  return toAnswer(target, config);
}

/** Takes a config away, if there is one. */
export async function drop(parts: ControlPlaneParts, target: QualifiedFunction): Promise<void> {
  if (parts.publication.eventInvokeConfig(target, target.qualifier) === undefined) return;
  await parts.eventInvokeConfigs.remove(target);
  parts.publication.publishEventInvokeConfig(target, target.qualifier, undefined);
}

/** A config as answers show it. */
export function toAnswer(target: QualifiedFunction, config: EventInvokeConfig): FunctionEventInvokeConfig {
  const { maximumRetryAttempts, maximumEventAgeSeconds, onSuccess, onFailure, lastModifiedMs } = config;
  const destination = (arn: string | undefined) => (arn === undefined ? {} : { Destination: arn });
  return {
    LastModified: new Date(lastModifiedMs),
    FunctionArn: functionArn(target),
    ...(maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: maximumEventAgeSeconds }),
    DestinationConfig: { OnSuccess: destination(onSuccess), OnFailure: destination(onFailure) } as NonNullable<
      FunctionEventInvokeConfig["DestinationConfig"]
    >,
  };
}
