// The regular expressions of filter patterns: no groups, so that a match takes time in proportion to text and expression.
// JavaScript's own would backtrack: `a*a*a*a*b` over a long message holds everything up.

/** Whether a text has a match somewhere. */
export type Regex = (text: string) => boolean;

type Matches = (code: number) => boolean;

/** One step of an expression: a character, or a place. What may be left out is optional; what may come again, repeated. */
type Step =
  | { readonly kind: "character"; readonly matches: Matches; readonly optional: boolean; readonly repeated: boolean }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

const STEPS_MAX = 500;
/** Source: the user guide, "Supported regular expressions". */
const PLAIN = /[A-Za-z0-9:_#=@/;,-]/u;

const isDigit: Matches = (code) => code >= 48 && code <= 57;
const isWord: Matches = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isBlank: Matches = (code) => code === 32 || (code >= 9 && code <= 13);
const not =
  (matches: Matches): Matches =>
  (code) =>
    !matches(code);
const is =
  (character: string): Matches =>
  (code) =>
    code === character.charCodeAt(0);

const CLASSES: Readonly<Record<string, Matches>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isBlank,
  S: not(isBlank),
};

/** A position in an expression that moves on. */
interface Cursor {
  readonly text: string;
  at: number;
}

function readEscape(cursor: Cursor): Matches | undefined {
  const character = cursor.text[cursor.at++] ?? "";
  if (character === "x") {
    const digits = /^[0-9A-Fa-f]{2}/u.exec(cursor.text.slice(cursor.at))?.[0];
    if (digits === undefined) return undefined;
    cursor.at += 2;
    return is(String.fromCharCode(Number.parseInt(digits, 16)));
  }
  return CLASSES[character] ?? (/[^A-Za-z0-9]/u.test(character) ? is(character) : undefined);
}

function readSet(cursor: Cursor): Matches | undefined {
  const isNegated = cursor.text[cursor.at] === "^";
  if (isNegated) cursor.at++;
  const members: Matches[] = [];
  for (;;) {
    const character = cursor.text[cursor.at++];
    if (character === undefined) return undefined;
    if (character === "]") break;
    const last = cursor.text[cursor.at + 1];
    if (character === "\\") {
      const escaped = readEscape(cursor);
      if (escaped === undefined) return undefined;
      members.push(escaped);
    } else if (cursor.text[cursor.at] === "-" && last !== undefined && last !== "]") {
      cursor.at += 2;
      const [low, high] = [character.charCodeAt(0), last.charCodeAt(0)];
      if (low > high) return undefined;
      members.push((code) => code >= low && code <= high);
    } else members.push(is(character));
  }
  if (members.length === 0) return undefined;
  const isMember: Matches = (code) => members.some((it) => it(code));
  return isNegated ? not(isMember) : isMember;
}

function readCharacter(cursor: Cursor): Matches | undefined {
  const character = cursor.text[cursor.at++] ?? "";
  if (character === ".") return (code) => code !== 10;
  if (character === "[") return readSet(cursor);
  if (character === "\\") return readEscape(cursor);
  return PLAIN.test(character) ? is(character) : undefined;
}

/** How often the character before may come: `[least, most]`. */
function readQuantifier(cursor: Cursor): readonly [number, number] | undefined {
  const character = cursor.text[cursor.at] ?? "";
  const simple = { "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] } as const;
  if (character === "*" || character === "+" || character === "?") {
    cursor.at++;
    return simple[character];
  }
  if (character !== "{") return [1, 1];
  const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/u.exec(cursor.text.slice(cursor.at));
  if (found === null) return undefined;
  cursor.at += found[0].length;
  const least = Number(found[1]);
  const most = found[2] === undefined ? least : found[3] === "" ? Infinity : Number(found[3]);
  return least <= most ? [least, most] : undefined;
}

function readSteps(text: string): readonly Step[] | undefined {
  const cursor: Cursor = { text, at: 0 };
  const steps: Step[] = [];
  while (cursor.at < text.length && steps.length <= STEPS_MAX) {
    const place = { "^": "start", $: "end" } as const;
    const character = text[cursor.at];
    if (character === "^" || character === "$") {
      steps.push({ kind: place[character] });
      cursor.at++;
      continue;
    }
    const matches = readCharacter(cursor);
    const times = readQuantifier(cursor);
    if (matches === undefined || times === undefined) return undefined;
    const [least, most] = times;
    const step = (optional: boolean, repeated: boolean): Step => ({ kind: "character", matches, optional, repeated });
    if (least + (most === Infinity ? 1 : most - least) > STEPS_MAX) return undefined;
    for (let count = 0; count < least; count++) steps.push(step(false, false));
    if (most === Infinity) steps.push(step(true, true));
    else for (let count = least; count < most; count++) steps.push(step(true, false));
  }
  return steps.length <= STEPS_MAX ? steps : undefined;
}

/** Walks all ways through the steps at once: `reached[i]` says that the first `i` steps have been taken. */
function hasMatch(steps: readonly Step[], text: string): boolean {
  let reached = new Uint8Array(steps.length + 1);
  for (let at = 0; at <= text.length; at++) {
    // A match may begin anywhere.
    reached[0] = 1;
    const next = new Uint8Array(steps.length + 1);
    for (const [index, step] of steps.entries()) {
      if (reached[index] === 0) continue;
      if (step.kind === "character") {
        if (step.optional) reached[index + 1] = 1;
        if (at < text.length && step.matches(text.charCodeAt(at))) next[step.repeated ? index : index + 1] = 1;
      } else if (step.kind === "start" ? at === 0 : at === text.length) reached[index + 1] = 1;
    }
    if (reached[steps.length] === 1) return true;
    reached = next;
  }
  return false;
}

/** Compiles an expression; undefined when it holds what CloudWatch Logs does not take. */
export function compileRegex(text: string): Regex | undefined {
  // Multi-byte characters are not supported there.
  if (text === "" || !/^[\x20-\x7e]*$/u.test(text)) return undefined;
  const alternatives = splitAlternatives(text).map(readSteps);
  if (!alternatives.every((it) => it !== undefined)) return undefined;
  return (message) => alternatives.some((steps) => hasMatch(steps, message));
}

/** The parts between `|`, other than those that are escaped or in a set. */
function splitAlternatives(text: string): string[] {
  return text.match(/(?:\\.|\[(?:\\.|[^\]])*\]|[^|\\[]|\[|\\)+|(?<=^|\|)(?=\||$)/gu) ?? [];
}
