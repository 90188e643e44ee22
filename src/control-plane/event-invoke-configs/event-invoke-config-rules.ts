// What an event invoke config may say. Pure.
import type { PutFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import { parseFunctionAddress } from "../../model/function-arn.ts";
import { invalidParameter, notSupported } from "../../model/lambda-exceptions.ts";
import { addressConstraints } from "../../model/resolve-address.ts";
import { validate } from "../../model/validation.ts";
import type { QualifiedFunction } from "../../model/qualified-function.ts";

/** Source: the service's model, DestinationArn. */
const DESTINATION_PATTERN =
  "^$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)";

/** Checks each member by itself. Throws ValidationException. */
export function checkConfig(input: PutFunctionEventInvokeConfigRequest): void {
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  const destination = { pattern: DESTINATION_PATTERN, length: [0, 350] as const };
  validate([
    ...addressConstraints(input),
    { name: "maximumRetryAttempts", value: input.MaximumRetryAttempts, range: [0, 2] },
    { name: "maximumEventAgeInSeconds", value: input.MaximumEventAgeInSeconds, range: [60, 21_600] },
    { name: "destinationConfig.onSuccess.destination", value: OnSuccess?.Destination, ...destination },
    { name: "destinationConfig.onFailure.destination", value: OnFailure?.Destination, ...destination },
  ]);
}

/** As AWS's front end prints a config. */
function printed(side: "onSuccess" | "onFailure", arn: string): string {
  const [onSuccess, onFailure] =
    side === "onSuccess" ? [`OnSuccess(destination=${arn})`, "null"] : ["null", `OnFailure(destination=${arn})`];
  return `DestinationConfig(onSuccess=${onSuccess}, onFailure=${onFailure})`;
}

/** Services that AWS sends records to, and Hearth does not have. S3 takes failures alone. */
const NOT_THERE = { onSuccess: ["sqs", "sns", "events"], onFailure: ["sqs", "sns", "events", "s3"] };

/**
 * Checks where records are sent. `exists` knows the functions of the account and region.
 * Throws InvalidParameterValueException.
 */
export function checkDestination(
  side: "onSuccess" | "onFailure",
  arn: string,
  { accountId, region, functionName }: QualifiedFunction,
  exists: (functionName: string, qualifier: string | undefined) => boolean,
): void {
  const service = arn.split(":")[2] ?? "";
  if (NOT_THERE[side].includes(service)) throw notSupported("DestinationConfig to SQS, SNS, EventBridge or S3");
  if (service !== "lambda") throw invalidParameter(`The provided destination config ${printed(side, arn)} is invalid.`);
  const address = parseFunctionAddress(arn);
  const isOwn = address?.accountId === accountId && address.region === region;
  if (address === undefined || !isOwn || !exists(address.functionName, address.qualifier))
    throw invalidParameter(`The destination ARN ${arn} is invalid.`);
  if (address.functionName === functionName)
    throw invalidParameter("You can't specify the function as a destination for itself.");
}
