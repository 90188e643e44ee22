// Which function and qualifier a request means, for every operation of Lambda that names a function. Pure.
import { FUNCTION_NAME_PATTERN, functionArn, parseFunctionAddress } from "./function-arn.ts";
import { functionNotFound, invalidParameter } from "./lambda-exceptions.ts";
import type { RequestContext } from "./operation.ts";
import { type Constraint, validate } from "./validation.ts";

/** A function of the caller's region, which the caller may do this to; of another account where that allows it. */
export interface ResolvedAddress {
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  /** As the request meant it, with its qualifier. */
  readonly arn: string;
}

const QUALIFIER_PATTERN = "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9$_-]+";
const NAME_LENGTH_MAX = 64;

/** A function and perhaps its version or alias, as a request names them. */
export interface GivenAddress {
  readonly FunctionName?: string | undefined;
  readonly Qualifier?: string | undefined;
}

/** The constraints on FunctionName and Qualifier, to be checked together with an operation's other members. */
export function addressConstraints(input: GivenAddress): readonly Constraint[] {
  return [
    {
      name: "functionName",
      value: input.FunctionName,
      required: true,
      pattern: FUNCTION_NAME_PATTERN,
      length: [1, 140],
    },
    { name: "qualifier", value: input.Qualifier, pattern: QUALIFIER_PATTERN, length: [1, 128] },
  ];
}

/**
 * Resolves a name, partial ARN or ARN with an optional Qualifier.
 * Throws ValidationException, InvalidParameterValueException, ResourceNotFoundException or AccessDeniedException.
 */
export function resolveAddress(input: GivenAddress, context: RequestContext, action: string): ResolvedAddress {
  validate(addressConstraints(input));
  const address = parseFunctionAddress(input.FunctionName ?? "");
  if (address === undefined) throw invalidParameter(`Invalid function name: ${input.FunctionName ?? ""}`);
  if (address.functionName.length > NAME_LENGTH_MAX) {
    validate([{ name: "functionName", value: address.functionName, length: [1, NAME_LENGTH_MAX] }]);
  }
  if (address.qualifier !== undefined && input.Qualifier !== undefined && address.qualifier !== input.Qualifier) {
    throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
  }
  const { accountId = context.accountId, region = context.region, functionName } = address;
  const qualifier = address.qualifier ?? input.Qualifier;
  const arn = functionArn({ accountId, region, functionName, qualifier });
  if (region !== context.region) {
    const message = `Functions from '${region}' are not reachable in this region ('${context.region}')`;
    throw Object.assign(functionNotFound(arn), { message, members: { Message: message } });
  }
  context.authorize(action, arn);
  return { accountId, region, functionName, qualifier, arn };
}
