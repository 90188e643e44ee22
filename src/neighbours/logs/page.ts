// Pages of lists under this service's names, with its errors. Pure.
import { offsetOf as offsetOfToken, pageOf, tokenOf } from "../../model/page-token.ts";
import { invalidParameter } from "./exceptions.ts";

/** Where a page begins. Throws InvalidParameterException. */
export function offsetOf(token: string | undefined): number {
  const offset = offsetOfToken(token);
  if (offset === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return offset;
}

/** The member that leads to the next page, where there is one. */
export function nextPage(offset: number, isThere: boolean): { readonly nextToken?: string } {
  return isThere ? { nextToken: tokenOf(offset) } : {};
}

/** The items from a token on, and the token of the rest. Throws InvalidParameterException. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  limit: number,
): { items: readonly T[]; nextToken: { readonly nextToken?: string } } {
  const { items, next } = pageOf(all, offsetOf(token), limit);
  return { items, nextToken: next === undefined ? {} : { nextToken: next } };
}
