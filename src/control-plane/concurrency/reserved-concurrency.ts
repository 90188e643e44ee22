// What the operations on reserved concurrency share: they mean the function, never a version of it.
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { type ResolvedAddress, resolveAddress } from "../../model/resolve-address.ts";

/** The function that a request names. Throws InvalidParameterValueException for a qualified one. */
export function wholeFunction(name: string | undefined, context: RequestContext, action: string): ResolvedAddress {
  const address = resolveAddress({ FunctionName: name }, context, action);
  if (address.qualifier !== undefined) {
    throw invalidParameter(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
  }
  return address;
}
