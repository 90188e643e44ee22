// How the operations on whole policies name what a policy is of: by its ARN.
import { notSupported } from "../../model/lambda-exceptions.ts";
import type { RequestContext } from "../../model/operation.ts";
import { type Constraint, validate } from "../../model/validation.ts";
import { type PolicyTarget, policyTarget } from "./resource-policies.ts";

/** Source: API reference, PutResourcePolicy. */
const FUNCTION_ARN =
  "arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:function:[a-zA-Z0-9-_]+(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_])+)?";

/** What an ARN means; `others` are the constraints on what stands beside it. */
export function targetOfArn(
  arn: string | undefined,
  context: RequestContext,
  { action, others = [] }: { action: string; others?: readonly Constraint[] },
): PolicyTarget {
  validate([{ name: "resourceArn", value: arn, required: true, pattern: FUNCTION_ARN, length: [0, 256] }, ...others]);
  if (arn?.endsWith(":$LATEST.PUBLISHED") === true) throw notSupported("$LATEST.PUBLISHED");
  return policyTarget({ FunctionName: arn }, context, action);
}
