// Conditions joined by && and ||, with parentheses: && binds tighter. Shared by the JSON and the space-delimited form.
import { InvalidPattern, type Scanner } from "./scanner.ts";

/** Something that holds of a subject or does not. */
export type Condition<Subject> = (subject: Subject) => boolean;

const DEPTH_MAX = 32;

/** Reads an expression whose single conditions `takeCondition` reads. Throws InvalidPattern. */
export function takeExpression<Subject>(
  scanner: Scanner,
  takeCondition: () => Condition<Subject>,
  depth = 0,
): Condition<Subject> {
  if (depth > DEPTH_MAX) throw new InvalidPattern();
  const takeUnit = (): Condition<Subject> => {
    if (!scanner.accept("(")) return takeCondition();
    const inner = takeExpression(scanner, takeCondition, depth + 1);
    scanner.expect(")");
    return inner;
  };
  const takeAll = (): Condition<Subject> => {
    const all = [takeUnit()];
    while (scanner.accept("&&")) all.push(takeUnit());
    return (subject) => all.every((it) => it(subject));
  };
  const any = [takeAll()];
  while (scanner.accept("||")) any.push(takeAll());
  return (subject) => any.some((it) => it(subject));
}
