// Pages of lists, with opaque tokens that hold the position of the next page. Pure.
import { invalidParameter } from "./exceptions.ts";

/** Where a page begins. Throws InvalidParameterException. */
export function offsetOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const found = /^at:(\d{1,9})$/u.exec(Buffer.from(token, "base64").toString())?.[1];
  if (found === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return Number(found);
}

/** The member that leads to the next page, where there is one. */
export function nextPage(offset: number, isThere: boolean): { readonly nextToken?: string } {
  return isThere ? { nextToken: Buffer.from(`at:${offset}`).toString("base64") } : {};
}

/** The items from a token on, and the token of the rest. Throws InvalidParameterException. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  limit: number,
): { items: readonly T[]; nextToken: { readonly nextToken?: string } } {
  const start = offsetOf(token);
  return { items: all.slice(start, start + limit), nextToken: nextPage(start + limit, start + limit < all.length) };
}
