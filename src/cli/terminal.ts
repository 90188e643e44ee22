// Writes for people and programs: colours only where a terminal reads them.
import { styleText } from "node:util";

/** A colour's meaning. */
export type Tone = "good" | "bad" | "strong" | "quiet";

const STYLES = { good: "green", bad: "red", strong: "bold", quiet: "dim" } as const;

/** Text for standard output, coloured where that is a terminal. */
export function toned(tone: Tone, text: string): string {
  return styleText(STYLES[tone], text, { stream: process.stdout });
}

/** One line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A value as JSON to standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** One line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${styleText("red", "hearth:", { stream: process.stderr })} ${line}\n`);
}
