// Rules of layer versions' policies: what may be granted, to whom it is, and how AWS shows it. Pure.
import type { AddLayerVersionPermissionRequest } from "@aws-sdk/client-lambda";
import { invalidParameter } from "../../model/lambda-exceptions.ts";
import { type LayerPolicy, type LayerStatement, type LayerVersion, layerVersionArn } from "../../model/layer.ts";
import type { Constraint } from "../../model/validation.ts";
import { checkPolicyLength, statementExists, statementIdConstraint } from "../policy-rules.ts";

const ACTION = "lambda:GetLayerVersion";

/** The constraints on a grant, in the order of the service's model. */
export function grantConstraints(given: AddLayerVersionPermissionRequest): readonly Constraint[] {
  return [
    statementIdConstraint(given.StatementId),
    { name: "action", value: given.Action, required: true, pattern: ACTION, length: [0, 22] },
    {
      name: "principal",
      value: given.Principal,
      required: true,
      pattern: "\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root",
    },
    { name: "organizationId", value: given.OrganizationId, pattern: "o-[a-z0-9]{10,32}", length: [0, 34] },
  ];
}

/** The statement that a request asks for. Throws InvalidParameterValueException. */
export function givenStatement(given: AddLayerVersionPermissionRequest): LayerStatement {
  const { StatementId: sid = "", Principal: principal = "", OrganizationId: organizationId } = given;
  if (organizationId !== undefined && principal !== "*") {
    throw invalidParameter("OrganizationId can only be specified when the principal is *.");
  }
  const arn = /^\d{12}$/u.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
  return { sid, principal: arn, organizationId };
}

/** The statement as AWS shows it. */
export function toStatement(version: LayerVersion, { sid, principal, organizationId }: LayerStatement): object {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: principal === "*" ? "*" : { AWS: principal },
    Action: ACTION,
    Resource: layerVersionArn(version, version.version),
    ...(organizationId === undefined ? {} : { Condition: { StringEquals: { "aws:PrincipalOrgID": organizationId } } }),
  };
}

/** The policy as AWS shows it: JSON. */
export function toPolicy(version: LayerVersion, statements: readonly LayerStatement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Id: "default",
    Statement: statements.map((it) => toStatement(version, it)),
  });
}

/** The statements with one more. Throws ResourceConflictException or PolicyLengthExceededException. */
export function withStatement(version: LayerVersion, added: LayerStatement): readonly LayerStatement[] {
  const before = version.policy?.statements ?? [];
  if (before.some((it) => it.sid === added.sid)) throw statementExists(added.sid);
  const statements = [...before, added];
  checkPolicyLength(toPolicy(version, statements));
  return statements;
}

/**
 * Whether a layer version may be used by an account: its own always. What is granted to an organization is granted to
 * nobody here, since no account of Hearth is in one.
 */
export function mayUse(version: LayerVersion, accountId: string): boolean {
  if (version.accountId === accountId) return true;
  const isGranted = ({ principal, organizationId }: LayerStatement): boolean =>
    organizationId === undefined && (principal === "*" || /:(\d{12}):root$/u.exec(principal)?.[1] === accountId);
  return version.policy?.statements.some(isGranted) ?? false;
}

/** The policy with other statements: none at all where none is left. */
export function policyOf(statements: readonly LayerStatement[], revisionId: string): LayerPolicy | undefined {
  return statements.length === 0 ? undefined : { revisionId, statements };
}
