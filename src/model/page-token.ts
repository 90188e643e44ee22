// Tokens of paged lists: opaque to clients, the position of the next page to us. Each service has its own names and errors for them. Pure.

/** Where the page of a token begins; undefined for what is no token of ours. Without one, the first begins. */
export function offsetOf(token: string | undefined): number | undefined {
  if (token === undefined) return 0;
  const found = /^at:(\d{1,9})$/u.exec(Buffer.from(token, "base64").toString())?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The token of a page that begins there. */
export function tokenOf(offset: number): string {
  return Buffer.from(`at:${offset}`).toString("base64");
}

/** At most so many items from an offset on, and the token of the rest; undefined where there is none. */
export function pageOf<T>(
  all: readonly T[],
  offset: number,
  limit: number,
): { readonly items: T[]; readonly next: string | undefined } {
  const end = offset + limit;
  return { items: all.slice(offset, end), next: end < all.length ? tokenOf(end) : undefined };
}
