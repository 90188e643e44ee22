// AWS's model constraints: what every service checks before an operation runs, with the front door's messages.
import { ServiceException } from "./operation.ts";

/** What a member has to satisfy. `name` is the member in AWS's camelCase, as its messages spell it. */
export interface Constraint {
  readonly name: string;
  readonly value: string | number | readonly string[] | null | undefined | { readonly length: number };
  readonly required?: boolean;
  readonly pattern?: string;
  readonly length?: readonly [min: number, max: number];
  readonly range?: readonly [min: number, max: number];
  readonly values?: readonly string[];
}

function shown(value: Constraint["value"]): string {
  return typeof value === "object" ? `[${Array.isArray(value) ? value.join(", ") : ""}]` : String(value);
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

function tails({ value, required, pattern, length, range, values }: Constraint): string[] {
  if (value === undefined || value === null) return required ? ["Member must not be null"] : [];
  const found: string[] = [];
  if (pattern !== undefined && !matches(pattern, shown(value))) {
    found.push(`Member must satisfy regular expression pattern: ${pattern}`);
  }
  if (length !== undefined) {
    const size = typeof value === "number" ? value : value.length;
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
  return found;
}

/**
 * The message about every constraint that fails; undefined when none does.
 * Source: behaviour of AWS's front door; the forms stand in the service's error messages.
 */
export function faultsIn(constraints: readonly Constraint[]): string | undefined {
  const faults = constraints.flatMap((constraint) =>
    tails(constraint).map((tail) => {
      const value =
        constraint.value === undefined || constraint.value === null ? "null" : `'${shown(constraint.value)}'`;
      return `Value ${value} at '${constraint.name}' failed to satisfy constraint: ${tail}`;
    }),
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
