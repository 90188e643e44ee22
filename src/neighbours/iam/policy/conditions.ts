// The Condition of a statement: every operator and every key of it has to hold, by any one of the values expected. Pure.
import { operatorNamed } from "./condition-operators.ts";
import { PolicyProblem } from "./policy-problem.ts";
import { type ConditionValues, hasVariables, type Template, template } from "./template.ts";

/** Whether a request meets a condition. */
export type Condition = (values: ConditionValues) => boolean;

const NAME = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<operator>[A-Za-z]+?)(?<ifExists>IfExists)?$/u;

function expectedValues(given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.map((it) => {
    if (typeof it === "string" || typeof it === "number" || typeof it === "boolean") return String(it);
    throw new PolicyProblem("a condition's values are strings, numbers or booleans");
  });
}

function nullCondition(key: string, expected: readonly string[]): Condition {
  if (!expected.every((it) => /^(?:true|false)$/iu.test(it))) throw new PolicyProblem("Null is true or false");
  return (values) => expected.some((it) => (it.toLowerCase() === "true") === (values(key) === undefined));
}

interface Asked {
  readonly isNegated: boolean;
  readonly set: string | undefined;
  readonly ifExists: boolean;
  readonly key: string;
  readonly expected: readonly Template[];
}

/** One key under one operator. */
function condition({ isNegated, set, ifExists, key, expected }: Asked): Condition {
  return (values) => {
    const actual = values(key);
    if (actual === undefined || actual.length === 0) {
      if (ifExists || set === "ForAllValues") return true;
      return isNegated && set === undefined;
    }
    const isAmong = (it: string): boolean => expected.some((one) => one(values)?.(it) === true);
    if (set === "ForAllValues") return actual.every((it) => isAmong(it) !== isNegated);
    if (set === "ForAnyValue") return actual.some((it) => isAmong(it) !== isNegated);
    return actual.some(isAmong) !== isNegated;
  };
}

const objectIn = (given: unknown, what: string): Readonly<Record<string, unknown>> => {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Record<string, unknown>;
  throw new PolicyProblem(`${what} is an object`);
};

function conditionsUnder(name: string, given: unknown, variables: boolean): readonly Condition[] {
  const { set, operator: operatorName = "", ifExists } = NAME.exec(name)?.groups ?? {};
  const byKey = Object.entries(objectIn(given, `Condition.${name}`));
  if (name === "Null") return byKey.map(([key, it]) => nullCondition(key.toLowerCase(), expectedValues(it)));
  const operator = operatorNamed(operatorName);
  if (operator === undefined) throw new PolicyProblem(`${name} is not a condition operator`);
  return byKey.map(([key, it]) => {
    const texts = expectedValues(it);
    const unfit = texts.find((text) => !hasVariables(text) && !operator.accepts(text));
    if (unfit !== undefined) throw new PolicyProblem(`${unfit} is not a value for ${name}`);
    const expected = texts.map((text) => template(text, { variables, ...operator }));
    return condition({
      isNegated: operator.isNegated,
      set,
      ifExists: ifExists !== undefined,
      key: key.toLowerCase(),
      expected,
    });
  });
}

/** Reads a statement's Condition. Throws PolicyProblem. */
export function readCondition(given: unknown, options: { variables: boolean }): Condition {
  if (given === undefined) return () => true;
  const all = Object.entries(objectIn(given, "Condition")).flatMap(([name, it]) =>
    conditionsUnder(name, it, options.variables),
  );
  return (values) => all.every((it) => it(values));
}
