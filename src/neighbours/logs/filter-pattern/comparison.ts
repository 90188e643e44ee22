// What a condition compares with, and how: shared by the JSON and the space-delimited form. Pure.
import type { Regex } from "./regex.ts";
import { InvalidPattern, type Scanner } from "./scanner.ts";

const OPERATORS = ["!=", "<=", ">=", "=", "<", ">"] as const;

/** How two values are compared. */
export type Operator = (typeof OPERATORS)[number];

/** What stands on the right of an operator. */
type Operand =
  | { readonly kind: "text"; readonly text: string; readonly number: number | undefined }
  | { readonly kind: "regex"; readonly regex: Regex };

/** Whether a value, as it stands in a log event, satisfies the condition. */
export type SatisfiesComparison = (value: string | number) => boolean;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

/** The number that a text is; undefined when it is none. */
export function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** A `*` at either end stands for any text; one in the middle for itself, as on AWS. */
function matchesWildcard(pattern: string, text: string): boolean {
  if (pattern === "*") return true;
  const [startsOpen, endsOpen] = [pattern.startsWith("*"), pattern.endsWith("*")];
  const fixed = pattern.slice(startsOpen ? 1 : 0, endsOpen ? -1 : undefined);
  if (startsOpen && endsOpen) return text.includes(fixed);
  if (startsOpen) return text.endsWith(fixed);
  return endsOpen ? text.startsWith(fixed) : text === fixed;
}

function isEqual(operand: Operand, value: string | number): boolean {
  if (operand.kind === "regex") return operand.regex(String(value));
  const number = typeof value === "number" ? value : numberIn(value);
  if (operand.number !== undefined && number !== undefined) return operand.number === number;
  return matchesWildcard(operand.text, String(value));
}

function isOrdered(operator: Operator, left: number, right: number): boolean {
  if (operator === "<") return left < right;
  if (operator === ">") return left > right;
  return operator === "<=" ? left <= right : left >= right;
}

function satisfies(operator: Operator, operand: Operand): SatisfiesComparison {
  if (operator === "=") return (value) => isEqual(operand, value);
  if (operator === "!=") return (value) => !isEqual(operand, value);
  const limit = operand.kind === "text" ? operand.number : undefined;
  if (limit === undefined) throw new InvalidPattern();
  return (value) => {
    const number = typeof value === "number" ? value : numberIn(value);
    return number !== undefined && isOrdered(operator, number, limit);
  };
}

function takeOperand(scanner: Scanner, endsWord: RegExp): Operand {
  const regex = scanner.takeRegex();
  if (regex !== undefined) return { kind: "regex", regex };
  const quoted = scanner.takeQuoted();
  if (quoted !== undefined) return { kind: "text", text: quoted, number: undefined };
  const word = scanner.takeWhile((it) => !endsWord.test(it));
  if (word === "") throw new InvalidPattern();
  return { kind: "text", text: word, number: numberIn(word) };
}

/** The next operator, if one is there. */
export function takeOperator(scanner: Scanner): Operator | undefined {
  const operator = OPERATORS.find((it) => scanner.accept(it));
  // `=!` is how the user guide writes `!=` in one of its examples.
  return operator === "=" && scanner.accept("!") ? "!=" : operator;
}

/** Reads `OPERATOR VALUE`; undefined when no operator is next. `endsWord` tells where a bare value ends. */
export function takeComparison(scanner: Scanner, endsWord: RegExp): SatisfiesComparison | undefined {
  const operator = takeOperator(scanner);
  return operator === undefined ? undefined : satisfies(operator, takeOperand(scanner, endsWord));
}
