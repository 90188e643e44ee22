// Pages of lists: at most 50 items, however many are asked for. Pure.
import { invalidParameter } from "../model/lambda-exceptions.ts";
import type { Constraint } from "../model/validation.ts";

/** Items of one answer. Source: API reference, ListFunctions. */
const PAGE_MAX = 50;

/** Source: the service's model, MaxListItems. */
export function maxItemsConstraint(value: number | undefined): Constraint {
  return { name: "maxItems", value, range: [1, 10_000] };
}

/**
 * The items from a marker on, and the marker of the rest. Markers are opaque to clients: the position to go on from,
 * in base64. Throws InvalidParameterValueException.
 */
export function page<T>(
  all: readonly T[],
  marker: string | undefined,
  maxItems: number | undefined,
): { items: readonly T[]; next?: string } {
  const start =
    marker === undefined
      ? 0
      : Number(/^at:(\d{1,9})$/u.exec(Buffer.from(marker, "base64").toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalidParameter("Invalid marker");
  const end = start + Math.min(maxItems ?? PAGE_MAX, PAGE_MAX);
  const items = all.slice(start, end);
  return end < all.length ? { items, next: Buffer.from(`at:${end}`).toString("base64") } : { items };
}
