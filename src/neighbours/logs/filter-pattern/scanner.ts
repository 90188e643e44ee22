// Reads a filter pattern from left to right: what the three parsers have in common.
import { compileRegex, type Regex } from "./regex.ts";

/** Thrown by the parsers, caught by `compileFilterPattern`: the text is no pattern. */
export class InvalidPattern extends Error {
  constructor(message = "Invalid filter pattern") {
    super(message);
    this.name = "InvalidPattern";
  }
}

/** A place in a pattern, which moves on as things are taken. Every `take…` throws InvalidPattern where it finds none. */
export interface Scanner {
  isAtEnd(): boolean;
  skipBlanks(): void;
  /** Takes the text if it is next, after blanks. */
  accept(text: string): boolean;
  expect(text: string): void;
  /** The longest run of characters of a set, after blanks; empty where there is none. */
  takeWhile(isIn: (character: string) => boolean): string;
  /** What stands between double quotes, `\"` and `\\` undone; undefined when none is next. */
  takeQuoted(): string | undefined;
  /** A regular expression between percent signs; undefined when none is next. */
  takeRegex(): Regex | undefined;
}

/** Source: the user guide, "Supported regular expressions": two for a pattern. */
const REGEXES_MAX = 2;

/** A scanner at the beginning of a text. */
export function createScanner(text: string): Scanner {
  let at = 0;
  let regexes = 0;
  const skipBlanks = (): void => {
    while (/\s/u.test(text[at] ?? "")) at++;
  };
  function accept(wanted: string): boolean {
    skipBlanks();
    if (!text.startsWith(wanted, at)) return false;
    at += wanted.length;
    return true;
  }
  return {
    isAtEnd() {
      skipBlanks();
      return at >= text.length;
    },
    skipBlanks,
    accept,
    expect(wanted) {
      if (!accept(wanted)) throw new InvalidPattern();
    },
    takeWhile(isIn) {
      skipBlanks();
      const start = at;
      while (at < text.length && isIn(text[at] ?? "")) at++;
      return text.slice(start, at);
    },
    takeQuoted() {
      if (!accept('"')) return undefined;
      let content = "";
      for (;;) {
        const character = text[at++];
        if (character === undefined) throw new InvalidPattern();
        if (character === '"') return content;
        content += character === "\\" && /["\\]/u.test(text[at] ?? "") ? (text[at++] ?? "") : character;
      }
    },
    takeRegex() {
      if (!accept("%")) return undefined;
      const end = text.indexOf("%", at);
      const regex = end < 0 ? undefined : compileRegex(text.slice(at, end));
      if (regex === undefined || ++regexes > REGEXES_MAX) throw new InvalidPattern();
      at = end + 1;
      return regex;
    },
  };
}
