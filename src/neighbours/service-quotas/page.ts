// Pages of lists, with opaque tokens that hold the position of the next page. Pure.
import { checkMembers, invalidToken } from "./exceptions.ts";

/** Items of one answer. Source: API reference, ListServiceQuotas. */
const RESULTS_MAX = 100;

/** What every listing request says of its page. */
export interface PageRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** The items from a token on, and the token of the rest. Throws IllegalArgumentException or InvalidPaginationTokenException. */
export function page<T>(
  all: readonly T[],
  { NextToken, MaxResults }: PageRequest,
): { readonly items: T[]; readonly next: { readonly NextToken?: string } } {
  checkMembers([{ name: "maxResults", value: MaxResults, range: [1, RESULTS_MAX] }]);
  const found = /^at:(\d{1,9})$/u.exec(Buffer.from(NextToken ?? "YXQ6MA==", "base64").toString())?.[1];
  if (found === undefined) throw invalidToken();
  const start = Number(found);
  const end = start + (MaxResults ?? RESULTS_MAX);
  const next = end < all.length ? { NextToken: Buffer.from(`at:${end}`).toString("base64") } : {};
  return { items: all.slice(start, end), next };
}
