// The Principal of a statement: whom it is about. Pure.
import { PolicyProblem } from "./policy-problem.ts";

/** Who asks. */
export interface Principal {
  readonly accountId: string;
  /** The account's root, a user, or a role's session. */
  readonly principalArn: string;
}

/**
 * How a statement is about somebody: by name, or by naming the account alone, which leaves it to that account's own policies.
 */
export type NamedAs = "principal" | "account" | undefined;

/** Reads as `NamedAs`. */
export type PrincipalMatcher = (principal: Principal) => NamedAs;

const KINDS = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);
const ACCOUNT = /^(?:\d{12}|arn:aws[a-zA-Z-]*:iam::\d{12}:root)$/u;
const PRINCIPAL =
  /^arn:aws[a-zA-Z-]*:(?:iam::\d{12}:(?:user|role)\/\S+|sts::\d{12}:(?:assumed-role|federated-user)\/\S+)$/u;
/** What IAM makes of principals that were deleted. */
const UNIQUE_ID = /^A[A-Z0-9]{15,}$/u;

const accountIn = (text: string): string | undefined => (ACCOUNT.test(text) ? /\d{12}/u.exec(text)?.[0] : undefined);

/** `arn:aws:iam::ACCOUNT:role/PATH/NAME` as sessions of the role name it: without the path. */
function sessionPrefixOf(arn: string): string | undefined {
  const [, partition, account, role] = /^arn:(aws[a-zA-Z-]*):iam::(\d{12}):role\/(\S+)$/u.exec(arn) ?? [];
  return role === undefined ? undefined : `arn:${partition}:sts::${account}:assumed-role/${role.split("/").at(-1)}/`;
}

function matcherOf(named: string): PrincipalMatcher {
  if (named === "*") return () => "principal";
  const account = accountIn(named);
  if (account !== undefined) {
    return ({ accountId, principalArn }) => {
      if (accountId !== account) return undefined;
      return principalArn.endsWith(":root") ? "principal" : "account";
    };
  }
  if (UNIQUE_ID.test(named)) return () => undefined;
  if (!PRINCIPAL.test(named)) throw new PolicyProblem(`${named} is not a principal`);
  const prefix = sessionPrefixOf(named);
  return ({ principalArn }) =>
    principalArn === named || (prefix !== undefined && principalArn.startsWith(prefix)) ? "principal" : undefined;
}

function listOf(given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > 0 && list.every((it) => typeof it === "string")) return list;
  throw new PolicyProblem("a principal is a string, or a list of strings");
}

/** Reads a statement's Principal. Services and federated users are nobody who signs requests here. Throws PolicyProblem. */
export function readPrincipal(given: unknown): PrincipalMatcher {
  if (given === "*") return () => "principal";
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new PolicyProblem("Principal is * or an object");
  const byKind = Object.entries(given);
  const unknown = byKind.find(([kind]) => !KINDS.has(kind));
  if (byKind.length === 0 || unknown !== undefined)
    throw new PolicyProblem(`Principal has ${unknown?.[0] ?? "nothing"} in it`);
  for (const [, names] of byKind) listOf(names);
  const matchers = byKind.flatMap(([kind, names]) => (kind === "AWS" ? listOf(names).map(matcherOf) : []));
  return (principal) => {
    let as: NamedAs;
    for (const matcher of matchers) {
      const found = matcher(principal);
      if (found === "principal") return found;
      as ??= found;
    }
    return as;
  };
}

/** What AddPermission takes as a principal: `*`, an account, somebody's ARN, a service. */
export function isPrincipal(text: string): boolean {
  if (text === "*" || accountIn(text) !== undefined || PRINCIPAL.test(text)) return true;
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)$/u.test(text);
}
