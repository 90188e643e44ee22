// The text form: terms that must all occur, `?terms` of which one must, `-terms` that must not.
import type { Condition } from "./expression.ts";
import { InvalidPattern, type Scanner } from "./scanner.ts";

function takeTerm(scanner: Scanner): Condition<string> {
  const regex = scanner.takeRegex();
  if (regex !== undefined) return regex;
  const quoted = scanner.takeQuoted();
  const text = quoted ?? scanner.takeWhile((it) => !/[\s"]/u.test(it));
  // What is not alphanumeric has to be quoted. Letters of other scripts are letters.
  if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(text)) {
    throw new InvalidPattern(`Invalid character(s) in term '${text}'`);
  }
  return (message) => message.includes(text);
}

/** Parses a text pattern. Throws InvalidPattern. */
export function parseTextPattern(scanner: Scanner): Condition<string> {
  const all: Condition<string>[] = [];
  const any: Condition<string>[] = [];
  const none: Condition<string>[] = [];
  while (!scanner.isAtEnd()) {
    const kind = scanner.accept("?") ? any : scanner.accept("-") ? none : all;
    kind.push(takeTerm(scanner));
  }
  return (message) => {
    if (none.some((it) => it(message)) || !all.every((it) => it(message))) return false;
    // Together with other terms, AWS takes no notice of the optional ones.
    return any.length === 0 || all.length > 0 || none.length > 0 || any.some((it) => it(message));
  };
}
