// Pages of lists: at most 50 items, however many are asked for. Pure.
import { invalidParameter } from "../model/lambda-exceptions.ts";
import { offsetOf, pageOf } from "../model/page-token.ts";
import type { Constraint } from "../model/validation.ts";

/** Items of one answer. Source: API reference, ListFunctions. */
const PAGE_MAX = 50;

/** Source: the service's model, MaxListItems. */
export function maxItemsConstraint(value: number | undefined): Constraint {
  return { name: "maxItems", value, range: [1, 10_000] };
}

/**
 * The items from a marker on, and the marker of the rest. Throws InvalidParameterValueException.
 */
export function page<T>(
  all: readonly T[],
  marker: string | undefined,
  maxItems: number | undefined,
): { items: readonly T[]; next?: string } {
  const offset = offsetOf(marker);
  if (offset === undefined) throw invalidParameter("Invalid marker");
  const { items, next } = pageOf(all, offset, Math.min(maxItems ?? PAGE_MAX, PAGE_MAX));
  return next === undefined ? { items } : { items, next };
}
