// Function names and ARNs, in all the forms that clients may give them.

/** A function addressed by a client. */
export interface FunctionAddress {
  readonly region: string | undefined;
  readonly accountId: string | undefined;
  readonly functionName: string;
  readonly qualifier: string | undefined;
}

/** The service model's pattern for a function's name, ARN or partial ARN. */
export const FUNCTION_NAME_PATTERN =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

const ADDRESS =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2,4}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]{1,140})(?::(\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/u;

/** Reads `f`, `f:alias`, `111122223333:function:f` or a full ARN; undefined when it is none of them. */
export function parseFunctionAddress(text: string): FunctionAddress | undefined {
  const found = ADDRESS.exec(text);
  const functionName = found?.[3];
  if (found === null || functionName === undefined) return undefined;
  return { region: found[1], accountId: found[2], functionName, qualifier: found[4] };
}

/** The ARN of a function, with its qualifier if one is given. */
export function functionArn(at: {
  region: string;
  accountId: string;
  functionName: string;
  qualifier?: string | undefined;
}): string {
  const unqualified = `arn:aws:lambda:${at.region}:${at.accountId}:function:${at.functionName}`;
  return at.qualifier === undefined ? unqualified : `${unqualified}:${at.qualifier}`;
}
