// The JSON form: `{ $.level = "ERROR" && ($.n > 3 || $.user.id NOT EXISTS) }`.
import { takeComparison } from "./comparison.ts";
import { type Condition, takeExpression } from "./expression.ts";
import { InvalidPattern, type Scanner } from "./scanner.ts";

/** One step from a value to what is in it: a property, an element, or all of them. */
type Step =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "element"; readonly index: number }
  | { readonly kind: "every" };

const STEPS_MAX = 64;

function takeBrackets(scanner: Scanner): Step {
  let step: Step;
  if (scanner.accept("*")) step = { kind: "every" };
  else if (scanner.accept("'")) {
    step = { kind: "property", name: scanner.takeWhile((it) => it !== "'") };
    scanner.expect("'");
  } else {
    const digits = scanner.takeWhile((it) => /\d/u.test(it));
    if (digits === "" || digits.length > 9) throw new InvalidPattern();
    step = { kind: "element", index: Number(digits) };
  }
  scanner.expect("]");
  return step;
}

function takeSelector(scanner: Scanner): readonly Step[] {
  scanner.expect("$");
  const steps: Step[] = [];
  for (;;) {
    if (scanner.accept(".")) {
      const name = scanner.takeWhile((it) => /[\w-]/u.test(it));
      if (name !== "") steps.push({ kind: "property", name });
      else if (scanner.accept("*")) steps.push({ kind: "every" });
      else {
        scanner.expect("[");
        steps.push(takeBrackets(scanner));
      }
    } else if (scanner.accept("[")) steps.push(takeBrackets(scanner));
    else break;
    if (steps.length > STEPS_MAX) throw new InvalidPattern();
  }
  if (steps.length === 0) throw new InvalidPattern();
  return steps;
}

function inside(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (step.kind === "every") return Object.values(value);
  if (step.kind === "element") return Array.isArray(value) && step.index < value.length ? [value[step.index]] : [];
  if (Array.isArray(value) || !Object.hasOwn(value, step.name)) return [];
  return [(value as Readonly<Record<string, unknown>>)[step.name]];
}

/** What a selector leads to: nothing, one value, or with a wildcard several. */
function select(root: unknown, steps: readonly Step[]): readonly unknown[] {
  return steps.reduce<readonly unknown[]>((values, step) => values.flatMap((it) => inside(it, step)), [root]);
}

function takeCondition(scanner: Scanner): Condition<unknown> {
  const steps = takeSelector(scanner);
  const on = (holds: (value: unknown) => boolean): Condition<unknown> => {
    return (root) => select(root, steps).some(holds);
  };
  const satisfies = takeComparison(scanner, /[\s&|(){}"]/u);
  if (satisfies !== undefined) {
    // Objects, arrays, null and what is not there satisfy nothing, `!=` neither.
    return on((it) => (typeof it === "string" || typeof it === "number" ? satisfies(it) : isBoolean(it, satisfies)));
  }
  if (scanner.accept("EXISTS")) return (root) => select(root, steps).length > 0;
  if (scanner.accept("NOT")) {
    scanner.expect("EXISTS");
    return (root) => select(root, steps).length === 0;
  }
  scanner.expect("IS");
  if (scanner.accept("NULL")) return on((it) => it === null);
  if (scanner.accept("TRUE")) return on((it) => it === true);
  scanner.expect("FALSE");
  return on((it) => it === false);
}

function isBoolean(value: unknown, satisfies: (text: string) => boolean): boolean {
  return typeof value === "boolean" && satisfies(String(value));
}

function parseMessage(message: string): unknown {
  // Most messages are no JSON, and finding that out by an exception is slow.
  if (!/^\s*[{[]/u.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** Parses a JSON pattern. Throws InvalidPattern. */
export function parseJsonPattern(scanner: Scanner): Condition<string> {
  scanner.expect("{");
  const condition = takeExpression(scanner, () => takeCondition(scanner));
  scanner.expect("}");
  if (!scanner.isAtEnd()) throw new InvalidPattern();
  return (message) => {
    const parsed = parseMessage(message);
    return parsed !== undefined && condition(parsed);
  };
}
