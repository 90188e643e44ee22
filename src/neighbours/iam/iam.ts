// The door of identity and access management: who may do what, decided by the policies that have a say.
import { isIPv4 } from "node:net";
import { accessDenied } from "../../model/lambda-exceptions.ts";
import { type Decision, decide } from "./decide.ts";
import { type PolicyKind, readPolicy, type Statement } from "./policy/policy.ts";
import { PolicyProblem } from "./policy/policy-problem.ts";
import { isPrincipal, type Principal } from "./policy/principals.ts";
import type { ConditionValues } from "./policy/template.ts";

export { isPrincipal };

/** What a request says of itself beside who signed it: what conditions can ask for. */
export interface RequestFacts {
  readonly region: string;
  readonly isSecure: boolean;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  readonly nowMs: number;
}

/** What policies there are, as JSON. */
export interface AuthorizationDeps {
  readonly identityPolicies: (principal: Principal) => readonly string[];
  readonly resourcePolicies: (resourceArn: string) => readonly string[];
}

/** What is to be decided. */
export interface Asked {
  readonly principal: Principal;
  readonly action: string;
  readonly resourceArn: string;
  readonly facts: RequestFacts;
}

/** Decides, by policies that are read once. */
export interface Authorization {
  decide(asked: Asked): Decision;
  /** Throws AccessDeniedException with AWS's reason unless it is allowed. */
  authorize(asked: Asked): void;
}

const POLICIES_READ_MAX = 1_000;
/** What the root of the account that owns a resource may do whatever its policy says, so that nobody is locked out for ever. */
const NEVER_LOCKED_OUT: ReadonlySet<string> = new Set([
  "lambda:GetResourcePolicy",
  "lambda:PutResourcePolicy",
  "lambda:DeleteResourcePolicy",
]);

/** `111122223333` of an ARN. */
const ownerOf = (arn: string): string => arn.split(":", 5)[4] ?? "";

function principalType(arn: string): string {
  if (arn.endsWith(":root")) return "Account";
  return arn.includes(":assumed-role/") ? "AssumedRole" : "User";
}

/** The condition keys that every request has a value for, as AWS names them, in lower case. */
function valuesOf({ principal, facts }: Asked): ConditionValues {
  const { accountId, principalArn } = principal;
  return (key) => {
    switch (key) {
      case "aws:principalarn":
        return [principalArn];
      case "aws:principalaccount":
        return [accountId];
      case "aws:principaltype":
        return [principalType(principalArn)];
      case "aws:username": {
        const name = /:user\/(?:.*\/)?([^/]+)$/u.exec(principalArn)?.[1];
        return name === undefined ? undefined : [name];
      }
      case "aws:requestedregion":
        return [facts.region];
      case "aws:securetransport":
        return [String(facts.isSecure)];
      case "aws:sourceip":
        return [facts.sourceIp];
      case "aws:useragent":
        return facts.userAgent === undefined ? undefined : [facts.userAgent];
      case "aws:currenttime":
        return [new Date(facts.nowMs).toISOString()];
      case "aws:epochtime":
        return [String(Math.floor(facts.nowMs / 1000))];
      default:
        return undefined;
    }
  };
}

/** A client's address without what Node puts before IPv4 ones. */
export function sourceIpOf(remoteAddress: string | undefined): string {
  const address = remoteAddress ?? "";
  const mapped = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return isIPv4(mapped) ? mapped : address;
}

/** What is wrong with a resource's policy, in words; undefined: nothing. */
export function problemOf(policy: string): string | undefined {
  try {
    readPolicy(policy, "resource");
    return undefined;
  } catch (error) {
    if (error instanceof PolicyProblem) return error.message;
    throw error;
  }
}

/** Policies by their text, so that each is read once. One that can't be read is one that nobody could have stored. */
function createReader(kind: PolicyKind): (texts: readonly string[]) => readonly (readonly Statement[])[] {
  const read = new Map<string, readonly Statement[]>();
  return (texts) =>
    texts.map((text) => {
      let statements = read.get(text);
      if (statements === undefined) {
        statements = readPolicy(text, kind);
        if (read.size >= POLICIES_READ_MAX) read.clear();
        read.set(text, statements);
      }
      return statements;
    });
}

function because(decision: Decision, action: string): string {
  if (decision.outcome === "not allowed") return `because no ${decision.by} policy allows the ${action} action`;
  return `with an explicit deny in ${decision.by === "identity-based" ? "an" : "a"} ${decision.by} policy`;
}

/** Decides by these policies. */
export function createAuthorization(deps: AuthorizationDeps): Authorization {
  const readIdentity = createReader("identity");
  const readResource = createReader("resource");
  const decideFor = (asked: Asked): Decision => {
    const { principal, action, resourceArn } = asked;
    const owner = ownerOf(resourceArn);
    if (NEVER_LOCKED_OUT.has(action) && principal.principalArn === `arn:aws:iam::${owner}:root`)
      return { outcome: "allowed", by: "identity-based", sid: undefined };
    const policies = {
      identity: readIdentity(deps.identityPolicies(principal)),
      resource: readResource(deps.resourcePolicies(resourceArn)),
      owner,
    };
    return decide({ principal, action: action.toLowerCase(), resourceArn, values: valuesOf(asked) }, policies);
  };
  return {
    decide: decideFor,
    authorize(asked) {
      const decision = decideFor(asked);
      if (decision.outcome === "allowed") return;
      const { principal, action, resourceArn } = asked;
      throw accessDenied(principal.principalArn, action, `${resourceArn} ${because(decision, action)}`);
    },
  };
}
