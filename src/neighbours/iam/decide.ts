// The decision: may this principal do this to that resource? An explicit deny anywhere wins; then the resource's policy and the
// principal's own have to allow it: either within an account, both from one account to another. Pure.
import type { AccessRequest, Statement } from "./policy/policy.ts";

/** The policies that have a say. */
export interface Policies {
  /** The principal's. */
  readonly identity: readonly (readonly Statement[])[];
  /** Of the resource. */
  readonly resource: readonly (readonly Statement[])[];
  /** Whose resource it is. */
  readonly owner: string;
}

/** What was decided, and by what. */
export type Decision =
  | { readonly outcome: "allowed"; readonly by: "identity-based" | "resource-based"; readonly sid: string | undefined }
  | { readonly outcome: "denied"; readonly by: "identity-based" | "resource-based"; readonly sid: string | undefined }
  /** Nothing denies it, and what would have to allow it is missing. */
  | { readonly outcome: "not allowed"; readonly by: "identity-based" | "resource-based" };

type Found = { readonly statement: Statement; readonly as: "principal" | "account" } | undefined;

function find(request: AccessRequest, all: readonly (readonly Statement[])[], effect: Statement["effect"]): Found {
  let found: Found;
  for (const policy of all) {
    for (const statement of policy) {
      if (statement.effect !== effect) continue;
      const as = statement.applies(request);
      if (as === "principal") return { statement, as };
      if (as === "account") found ??= { statement, as };
    }
  }
  return found;
}

/** Decides. */
export function decide(request: AccessRequest, { identity, resource, owner }: Policies): Decision {
  for (const [by, policies] of [["identity-based", identity] as const, ["resource-based", resource] as const]) {
    const denial = find(request, policies, "Deny");
    if (denial !== undefined) return { outcome: "denied", by, sid: denial.statement.sid };
  }
  const byResource = find(request, resource, "Allow");
  const isOwn = request.principal.accountId === owner;
  // A policy that names the account alone leaves it to the account who of it may.
  if (isOwn && byResource?.as === "principal")
    return { outcome: "allowed", by: "resource-based", sid: byResource.statement.sid };
  if (!isOwn && byResource === undefined) return { outcome: "not allowed", by: "resource-based" };
  const byIdentity = find(request, identity, "Allow");
  if (byIdentity === undefined) return { outcome: "not allowed", by: "identity-based" };
  return { outcome: "allowed", by: "identity-based", sid: byIdentity.statement.sid };
}
