// Patterns of policies: `*` stands for any characters, `?` for one. Pure, and linear enough that no pattern can hold a request up.

/** What `*` and `?` become: characters of Unicode's private use, so that values put in can't be taken for them. */
const ANY = "\uE000";
const ONE = "\uE001";

/** Whether a request's value is what was expected. */
export type Matcher = (actual: string) => boolean;

/** A text with its wildcards as such. */
export const withWildcards = (text: string): string => text.replaceAll("*", ANY).replaceAll("?", ONE);

/** A text without any, so that it is taken literally. */
export const literal = (text: string): string => text.replaceAll(ANY, "").replaceAll(ONE, "");

function matches(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  let star = -1;
  let afterStar = 0;
  while (place < text.length) {
    const wanted = pattern[at];
    if (wanted === ANY) {
      star = at;
      at += 1;
      afterStar = place;
    } else if (wanted === ONE || wanted === text[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      at = star + 1;
      afterStar += 1;
      place = afterStar;
    } else return false;
  }
  while (pattern[at] === ANY) at += 1;
  return at === pattern.length;
}

/** What a pattern describes. */
export function glob(pattern: string): Matcher {
  if (pattern === ANY) return () => true;
  if (!pattern.includes(ANY) && !pattern.includes(ONE)) return (text) => pattern === text;
  return (text) => matches(pattern, text);
}

const ARN_PARTS = 6;

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(":")];
}

/** What a pattern of ARNs describes: part by part, so that no wildcard reaches over a colon but in the last. */
export function arnGlob(pattern: string): Matcher {
  if (pattern === ANY) return () => true;
  const wanted = arnParts(pattern).map(glob);
  const last = wanted.length - 1;
  return (arn) => {
    let at = 0;
    for (const [index, isIt] of wanted.entries()) {
      const end = index === last ? -1 : arn.indexOf(":", at);
      if (index < last && end < 0) return false;
      if (!isIt(end < 0 ? arn.slice(at) : arn.slice(at, end))) return false;
      at = end + 1;
    }
    return true;
  };
}
