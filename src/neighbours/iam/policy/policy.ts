// A policy document, read: its grammar is checked, and each statement made into what can be asked of a request. Pure.
import { type Condition, readCondition } from "./conditions.ts";
import { arnGlob, glob, withWildcards } from "./glob.ts";
import { PolicyProblem } from "./policy-problem.ts";
import { type NamedAs, type Principal, type PrincipalMatcher, readPrincipal } from "./principals.ts";
import { type ConditionValues, template } from "./template.ts";

/** What a decision is about. */
export interface AccessRequest {
  readonly principal: Principal;
  /** `lambda:invokefunction`: they are told apart without regard to case. */
  readonly action: string;
  readonly resourceArn: string;
  readonly values: ConditionValues;
}

/** A statement that applies to requests, or not. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  /** How it is about a request; undefined: not at all. Statements of identity policies are about whoever has them. */
  applies(request: AccessRequest): NamedAs;
}

/** What a policy belongs to: `identity` policies name no principal, `resource` policies always do. */
export type PolicyKind = "identity" | "resource";

const ELEMENTS = new Set(
  "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);
const VERSIONS = new Set<unknown>([undefined, "2008-10-17", "2012-10-17"]);
type Given = Readonly<Record<string, unknown>>;

function stringsIn(given: unknown, what: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > 0 && list.every((it) => typeof it === "string" && it !== "")) return list as string[];
  throw new PolicyProblem(`${what} is a string, or a list of strings`);
}

/** The one of two elements that a statement has, and whether it is the one that says "not". */
function either(given: Given, name: string): { readonly value: unknown; readonly isNot: boolean } {
  const [positive, negative] = [given[name], given[`Not${name}`]];
  if ((positive === undefined) === (negative === undefined))
    throw new PolicyProblem(`a statement has either ${name} or Not${name}`);
  return { value: positive ?? negative, isNot: positive === undefined };
}

/** Whether a part of a statement is about a request. */
type RequestMatcher = (request: AccessRequest) => boolean;

function readAction(given: Given): RequestMatcher {
  const { value, isNot } = either(given, "Action");
  const patterns = stringsIn(value, "Action").map((it) => {
    if (it !== "*" && !/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?-]+$/u.test(it)) throw new PolicyProblem(`${it} is not an action`);
    return glob(withWildcards(it.toLowerCase()));
  });
  return ({ action }) => patterns.some((it) => it(action)) !== isNot;
}

function readResource(given: Given, variables: boolean): RequestMatcher {
  const { value, isNot } = either(given, "Resource");
  const patterns = stringsIn(value, "Resource").map((it) => {
    if (it !== "*" && it.split(":").length < 6) throw new PolicyProblem(`${it} is not * or an ARN`);
    return template(it, { variables, wildcards: true, prepare: arnGlob });
  });
  return ({ resourceArn, values }) => patterns.some((it) => it(values)?.(resourceArn) === true) !== isNot;
}

function principalOf(given: Given, kind: PolicyKind): PrincipalMatcher {
  if (kind === "identity") {
    if (given["Principal"] === undefined && given["NotPrincipal"] === undefined) return () => "principal";
    throw new PolicyProblem("the statements of an identity-based policy have no Principal");
  }
  const { value, isNot } = either(given, "Principal");
  const matcher = readPrincipal(value);
  if (!isNot) return matcher;
  if (given["Effect"] === "Allow") throw new PolicyProblem("NotPrincipal goes with Deny alone");
  return (principal) => (matcher(principal) === undefined ? "principal" : undefined);
}

function readStatement(given: unknown, kind: PolicyKind, variables: boolean): Statement {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new PolicyProblem("a statement is an object");
  const members = given as Given;
  const { Sid: sid, Effect: effect } = members;
  const unknown = Object.keys(members).find((it) => !ELEMENTS.has(it));
  if (unknown !== undefined) throw new PolicyProblem(`a statement has no ${unknown}`);
  if (effect !== "Allow" && effect !== "Deny") throw new PolicyProblem("Effect is Allow or Deny");
  if (sid !== undefined && typeof sid !== "string") throw new PolicyProblem("Sid is a string");
  const named = principalOf(members, kind);
  const [hasAction, hasResource] = [readAction(members), readResource(members, variables)];
  const holds: Condition = readCondition(members["Condition"], { variables });
  return {
    sid,
    effect,
    applies(request) {
      const as = hasAction(request) ? named(request.principal) : undefined;
      return as !== undefined && hasResource(request) && holds(request.values) ? as : undefined;
    },
  };
}

/** Reads a policy. Throws PolicyProblem. */
export function readPolicy(text: string, kind: PolicyKind): readonly Statement[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new PolicyProblem("it is not JSON");
  }
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new PolicyProblem("it is not an object");
  const { Version, Id, Statement, ...others } = given as Given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new PolicyProblem(`it has ${unknown} in it`);
  if (!VERSIONS.has(Version)) throw new PolicyProblem("Version is 2012-10-17 or 2008-10-17");
  if (Id !== undefined && typeof Id !== "string") throw new PolicyProblem("Id is a string");
  const list: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (Statement === undefined || list.length === 0) throw new PolicyProblem("it has no Statement");
  const statements = list.map((it) => readStatement(it, kind, Version === "2012-10-17"));
  const sids = statements.map((it) => it.sid).filter((it) => it !== undefined);
  if (new Set(sids).size < sids.length) throw new PolicyProblem("two statements have the same Sid");
  return statements;
}
