// AWS's model constraints: what every service checks before an operation runs, with the front door's messages.
import { ServiceException } from "./operation.ts";

/** What a member has to satisfy. `name` is the member in AWS's camelCase, as its messages spell it. */
export interface Constraint {
  readonly name: string;
  readonly value: string | number | readonly string[] | Readonly<Record<string, string>> | null | undefined;
  readonly required?: boolean;
  readonly pattern?: string;
  readonly length?: readonly [min: number, max: number];
  readonly range?: readonly [min: number, max: number];
  readonly values?: readonly string[];
  /** For each item of a list. */
  readonly itemValues?: readonly string[];
  readonly itemPattern?: string;
  readonly itemLength?: readonly [min: number, max: number];
  /** For each key of a map. */
  readonly keyPattern?: string;
  readonly keyLength?: readonly [min: number, max: number];
  /** For each value of a map: fractions, which messages show as `1.0`. */
  readonly fractionRange?: readonly [min: number, max: number];
  /** Marked so in the service's model: the message does not repeat the value. */
  readonly isSensitive?: boolean;
}

type Value = NonNullable<Constraint["value"]>;

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

/** As AWS's messages show a value: the forms are Java's. */
function shown(value: Value): string {
  if (isList(value)) return `[${value.join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}=${item}`);
  return `{${entries.join(", ")}}`;
}

function sizeOf(value: Value): number {
  if (typeof value === "string" || isList(value)) return value.length;
  return typeof value === "number" ? value : Object.keys(value).length;
}

const compiled = new Map<string, RegExp>();

/** Patterns are our own constants, so they are few; compiling one anew for each request costs more than matching it. */
function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`, "u");
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

const isWithin = (number: number, [min, max]: readonly [number, number]): boolean => number >= min && number <= max;

/** Pattern and length of each part of a value. */
interface PartRule {
  readonly pattern: string | undefined;
  readonly length: readonly [min: number, max: number] | undefined;
}

/** What is demanded of each part, where one of them does not satisfy it. */
function demandOf(parts: readonly string[], { pattern, length }: PartRule): string | undefined {
  const isRight = (part: string): boolean =>
    (pattern === undefined || matches(pattern, part)) && (length === undefined || isWithin(part.length, length));
  if (parts.every(isRight)) return undefined;
  const inner = [
    ...(length === undefined
      ? []
      : [
          `Member must have length less than or equal to ${length[1]}`,
          `Member must have length greater than or equal to ${length[0]}`,
        ]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
    ...(length === undefined ? [] : ["Member must not be null"]),
  ];
  return `[${inner.join(", ")}]`;
}

function tailOfKeys(value: Value, { keyPattern, keyLength }: Constraint): string[] {
  const demand = demandOf(Object.keys(value), { pattern: keyPattern, length: keyLength });
  return demand === undefined ? [] : [`Map keys must satisfy constraint: ${demand}`];
}

function tailsOfItems(value: Value, { itemValues, itemPattern, itemLength }: Constraint): string[] {
  if (!isList(value)) return [];
  const found: string[] = [];
  if (itemValues !== undefined && !value.every((it) => itemValues.includes(it))) {
    const inner = `Member must satisfy enum value set: [${itemValues.join(", ")}], Member must not be null`;
    found.push(`Member must satisfy constraint: [${inner}]`);
  }
  const demand = demandOf(value, { pattern: itemPattern, length: itemLength });
  if (demand !== undefined) found.push(`Member must satisfy constraint: ${demand}`);
  return found;
}

/** A fraction in Java's form: always with a point. */
export function asFraction(number: number): string {
  return Number.isInteger(number) ? `${number}.0` : String(number);
}

function tailsOfParts(value: Value, constraint: Constraint): string[] {
  const { keyPattern, keyLength, fractionRange } = constraint;
  const found = tailsOfItems(value, constraint);
  if (keyPattern !== undefined || keyLength !== undefined) found.push(...tailOfKeys(value, constraint));
  if (fractionRange !== undefined && !Object.values(value).every((it) => isWithin(Number(it), fractionRange))) {
    const [min, max] = fractionRange.map(asFraction);
    found.push(
      `Map value must satisfy constraint: [Member must have value less than or equal to ${max}, Member must have value greater than or equal to ${min}, Member must not be null]`,
    );
  }
  return found;
}

function tails(constraint: Constraint): string[] {
  const { value, required, pattern, length, range, values } = constraint;
  if (value === undefined || value === null) return required ? ["Member must not be null"] : [];
  const found: string[] = [];
  if (pattern !== undefined && !matches(pattern, shown(value))) {
    found.push(`Member must satisfy regular expression pattern: ${pattern}`);
  }
  if (length !== undefined) {
    const size = sizeOf(value);
    if (size < length[0]) found.push(`Member must have length greater than or equal to ${length[0]}`);
    if (size > length[1]) found.push(`Member must have length less than or equal to ${length[1]}`);
  }
  if (range !== undefined) {
    const number = Number(value);
    if (number < range[0]) found.push(`Member must have value greater than or equal to ${range[0]}`);
    if (number > range[1]) found.push(`Member must have value less than or equal to ${range[1]}`);
  }
  if (values !== undefined && !values.includes(shown(value))) {
    found.push(`Member must satisfy enum value set: [${values.join(", ")}]`);
  }
  return [...found, ...tailsOfParts(value, constraint)];
}

/** How a message names a value. */
function named({ value, isSensitive }: Constraint): string {
  if (value === undefined || value === null) return "Value null";
  return isSensitive ? "Value" : `Value '${shown(value)}'`;
}

/**
 * The message about every constraint that fails, in the order in which they are given; undefined when none does.
 * Source: behaviour of AWS's front door; the forms stand in the service's error messages.
 */
export function faultsIn(constraints: readonly Constraint[]): string | undefined {
  const faults = constraints.flatMap((constraint) =>
    tails(constraint).map(
      (tail) => `${named(constraint)} at '${constraint.name}' failed to satisfy constraint: ${tail}`,
    ),
  );
  if (faults.length === 0) return undefined;
  const count = faults.length === 1 ? "1 validation error" : `${faults.length} validation errors`;
  return `${count} detected: ${faults.join("; ")}`;
}

/** Throws ValidationException (400) naming every constraint that fails. */
export function validate(constraints: readonly Constraint[]): void {
  const message = faultsIn(constraints);
  if (message !== undefined) throw new ServiceException({ code: "ValidationException", status: 400, message });
}
