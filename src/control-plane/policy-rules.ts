// What the policies of functions and of layer versions have in common: names of statements, and how long they may be. Pure.
import { policyLengthExceeded, resourceConflict } from "../model/lambda-exceptions.ts";
import type { ServiceException } from "../model/operation.ts";
import type { Constraint } from "../model/validation.ts";

/** Source: Lambda quotas, "Function resource-based policy"; layer versions' alike. */
const POLICY_BYTES_MAX = 20_480;

/** The name of a statement. */
export function statementIdConstraint(value: string | undefined): Constraint {
  return { name: "statementId", value, required: true, pattern: "([a-zA-Z0-9-_]+)", length: [1, 100] };
}

/** 409 for a second statement of a name. */
export function statementExists(sid: string): ServiceException {
  return resourceConflict(
    `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  );
}

/** Refuses a policy that is too long. Throws PolicyLengthExceededException. */
export function checkPolicyLength(policy: string): void {
  const bytes = Buffer.byteLength(policy);
  if (bytes > POLICY_BYTES_MAX) throw policyLengthExceeded(bytes, POLICY_BYTES_MAX);
}
