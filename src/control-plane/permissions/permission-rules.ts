// Rules of functions' resource-based policies: what AddPermission may grant, the statement it makes, and policies with a
// statement more or less. Pure.
import type { AddPermissionRequest } from "@aws-sdk/client-lambda";
import { invalidParameter, resourceNotFound } from "../../model/lambda-exceptions.ts";
import type { Constraint } from "../../model/validation.ts";
import { checkPolicyLength, statementExists, statementIdConstraint } from "../policy-rules.ts";

const INVOKE_URL = "lambda:InvokeFunctionUrl";

/** The constraints on a permission, in the order of the service's model. */
export function permissionConstraints(given: AddPermissionRequest): readonly Constraint[] {
  return [
    statementIdConstraint(given.StatementId),
    { name: "action", value: given.Action, required: true, pattern: "(lambda:[*]|lambda:[a-zA-Z]+|[*])" },
    { name: "principal", value: given.Principal, required: true, pattern: "[^\\s]+" },
    {
      name: "sourceArn",
      value: given.SourceArn,
      pattern:
        "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
    },
    { name: "sourceAccount", value: given.SourceAccount, pattern: "\\d{12}", length: [0, 12] },
    { name: "eventSourceToken", value: given.EventSourceToken, pattern: "[a-zA-Z0-9._\\-]+", length: [0, 256] },
    { name: "principalOrgID", value: given.PrincipalOrgID, pattern: "o-[a-z0-9]{10,32}", length: [12, 34] },
    { name: "functionUrlAuthType", value: given.FunctionUrlAuthType, values: ["NONE", "AWS_IAM"] },
  ];
}

/** A policy document, as far as statements are added and taken away. */
interface PolicyDocument {
  readonly Version: string;
  readonly Id: string;
  readonly Statement: readonly PolicyStatement[];
}

/** A statement; what else it has is IAM's. */
export interface PolicyStatement {
  readonly Sid?: string;
}

function shownPrincipal(principal: string): unknown {
  if (principal === "*") return "*";
  if (/^\d{12}$/u.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  return principal.startsWith("arn:") ? { AWS: principal } : { Service: principal };
}

function shownCondition(given: AddPermissionRequest): object | undefined {
  const present = (entries: Readonly<Record<string, unknown>>): object | undefined => {
    const found = Object.entries(entries).filter(([, value]) => value !== undefined);
    return found.length === 0 ? undefined : Object.fromEntries(found);
  };
  return present({
    StringEquals: present({
      "AWS:SourceAccount": given.SourceAccount,
      "aws:PrincipalOrgID": given.PrincipalOrgID,
      "lambda:EventSourceToken": given.EventSourceToken,
      "lambda:FunctionUrlAuthType": given.FunctionUrlAuthType,
    }),
    ArnLike: present({ "AWS:SourceArn": given.SourceArn }),
    Bool: present({ "lambda:InvokedViaFunctionUrl": given.InvokedViaFunctionUrl === true ? "true" : undefined }),
  });
}

/** The statement that a request asks for. Throws InvalidParameterValueException. */
export function givenStatement(
  given: AddPermissionRequest,
  resourceArn: string,
  isPrincipal: (text: string) => boolean,
): PolicyStatement {
  const { StatementId: Sid = "", Action = "", Principal = "" } = given;
  if (!isPrincipal(Principal))
    throw invalidParameter("The provided principal was invalid. Please check the principal and try again.");
  if (given.FunctionUrlAuthType !== undefined && Action !== INVOKE_URL)
    throw invalidParameter(`FunctionUrlAuthType is only supported for ${INVOKE_URL} action`);
  const Condition = shownCondition(given);
  const statement = { Sid, Effect: "Allow", Principal: shownPrincipal(Principal), Action, Resource: resourceArn };
  return Condition === undefined ? statement : Object.assign(statement, { Condition });
}

/** What is stored was checked before. */
function documentOf(policy: string | undefined): PolicyDocument {
  if (policy === undefined) return { Version: "2012-10-17", Id: "default", Statement: [] };
  const { Statement, ...others } = JSON.parse(policy) as Omit<PolicyDocument, "Statement"> & { Statement: unknown };
  return { ...others, Statement: (Array.isArray(Statement) ? Statement : [Statement]) as PolicyStatement[] };
}

/** The policy with one statement more. Throws ResourceConflictException or PolicyLengthExceededException. */
export function withStatement(policy: string | undefined, added: PolicyStatement): string {
  const document = documentOf(policy);
  if (document.Statement.some((it) => it.Sid === added.Sid)) throw statementExists(added.Sid ?? "");
  const text = JSON.stringify({ ...document, Statement: [...document.Statement, added] });
  checkPolicyLength(text);
  return text;
}

/** The policy without a statement; undefined where none is left. Throws ResourceNotFoundException. */
export function withoutStatement(policy: string, sid: string): string | undefined {
  const document = documentOf(policy);
  const left = document.Statement.filter((it) => it.Sid !== sid);
  if (left.length === document.Statement.length)
    throw resourceNotFound(`Statement ${sid} is not found in resource policy.`);
  return left.length === 0 ? undefined : JSON.stringify({ ...document, Statement: left });
}
