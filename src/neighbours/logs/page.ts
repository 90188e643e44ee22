// Pages of a list, with opaque tokens. Pure.
import { invalidParameter } from "./exceptions.ts";

/** The items from a token on, and the token of the rest. Throws InvalidParameterException. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  limit: number,
): { items: readonly T[]; nextToken: { nextToken?: string } } {
  const start =
    token === undefined
      ? 0
      : Number(/^at:(\d{1,9})$/u.exec(Buffer.from(token, "base64").toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalidParameter("The specified nextToken is invalid.");
  const end = start + limit;
  const next = end < all.length ? { nextToken: Buffer.from(`at:${end}`).toString("base64") } : {};
  return { items: all.slice(start, end), nextToken: next };
}
