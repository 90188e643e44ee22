// Pages of lists under this service's names, with its errors. Pure.
import { offsetOf, pageOf } from "../../model/page-token.ts";
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
  const offset = offsetOf(NextToken);
  if (offset === undefined) throw invalidToken();
  const { items, next } = pageOf(all, offset, MaxResults ?? RESULTS_MAX);
  return { items, next: next === undefined ? {} : { NextToken: next } };
}
