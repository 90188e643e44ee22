// The space-delimited form: `[ip, user, ..., status >= 400 && status != 404, bytes]`, a name for each field of a line.
import { takeComparison } from "./comparison.ts";
import { type Condition, takeExpression } from "./expression.ts";
import { InvalidPattern, type Scanner } from "./scanner.ts";

const FIELDS_MAX = 256;

type Field = { readonly kind: "ellipsis" } | { readonly kind: "field"; readonly holds: Condition<string> };

const takeName = (scanner: Scanner): string => scanner.takeWhile((it) => /[\w-]/u.test(it));

function takeField(scanner: Scanner): Field {
  if (scanner.accept("...")) return { kind: "ellipsis" };
  let name: string | undefined;
  let isBare = true;
  const holds = takeExpression<string>(scanner, () => {
    const own = takeName(scanner);
    // A field's conditions are about this field alone.
    if (name !== undefined && own !== "" && own !== name) throw new InvalidPattern();
    name ??= own;
    const satisfies = takeComparison(scanner, /[\s,\]&|()"]/u);
    if (satisfies === undefined && !isBare) throw new InvalidPattern();
    isBare = false;
    return satisfies ?? (() => true);
  });
  return { kind: "field", holds };
}

/** A line's fields: what stands between blanks, between double quotes, or between square brackets. */
export function fieldsOf(message: string): readonly string[] {
  const fields: string[] = [];
  let at = 0;
  while (at < message.length && fields.length <= FIELDS_MAX) {
    const opening = message[at] ?? "";
    if (/\s/u.test(opening)) {
      at++;
      continue;
    }
    const closing = { '"': '"', "[": "]" }[opening];
    const end = closing === undefined ? -1 : message.indexOf(closing, at + 1);
    if (end > 0) {
      fields.push(message.slice(at + 1, end));
      at = end + 1;
    } else {
      const blank = message.slice(at).search(/\s/u);
      const stop = blank < 0 ? message.length : at + blank;
      fields.push(message.slice(at, stop));
      at = stop;
    }
  }
  return fields;
}

const holdAll = (conditions: readonly Field[], values: readonly string[]): boolean =>
  conditions.every((it, index) => it.kind === "ellipsis" || it.holds(values[index] ?? ""));

/** Parses a space-delimited pattern. Throws InvalidPattern. */
export function parseSpacePattern(scanner: Scanner): Condition<string> {
  scanner.expect("[");
  const fields: Field[] = [];
  do fields.push(takeField(scanner));
  while (scanner.accept(",") && fields.length < FIELDS_MAX);
  scanner.expect("]");
  if (!scanner.isAtEnd()) throw new InvalidPattern();
  const ellipsis = fields.findIndex((it) => it.kind === "ellipsis");
  if (fields.filter((it) => it.kind === "ellipsis").length > 1) throw new InvalidPattern();
  if (ellipsis < 0) {
    return (message) => {
      const values = fieldsOf(message);
      return values.length === fields.length && holdAll(fields, values);
    };
  }
  const [before, after] = [fields.slice(0, ellipsis), fields.slice(ellipsis + 1)];
  return (message) => {
    const values = fieldsOf(message);
    if (values.length < before.length + after.length) return false;
    return holdAll(before, values) && holdAll(after, values.slice(values.length - after.length));
  };
}
