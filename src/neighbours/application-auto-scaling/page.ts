// Pages of lists under this service's names, with its errors. Pure.
import { offsetOf, pageOf } from "../../model/page-token.ts";
import { checkMembers, invalidNextToken } from "./exceptions.ts";

/** What every listing request says of its page. */
export interface PageRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** The items from a token on, and the token of the rest. Throws ValidationException or InvalidNextTokenException. */
export function page<T>(
  all: readonly T[],
  { NextToken, MaxResults }: PageRequest,
  resultsMax: number,
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  checkMembers([{ name: "maxResults", value: MaxResults, range: [1, resultsMax] }]);
  const offset = offsetOf(NextToken);
  if (offset === undefined) throw invalidNextToken();
  const { items, next } = pageOf(all, offset, MaxResults ?? resultsMax);
  return { items, next: next === undefined ? {} : { NextToken: next } };
}
