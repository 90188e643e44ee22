// What only a terminal gets: colours, and a line that says what takes so long.
import { createProgress } from "./progress.ts";

const CODES = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** How a text is set off. */
export type Paint = keyof typeof CODES;

/** Whether texts may be coloured there. Source: https://no-color.org */
function takesColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
}

/** The text in a colour, where standard output is a terminal that may show one. */
export function paint(text: string, how: Paint): string {
  return takesColour(process.stdout) ? `\x1b[${CODES[how]}m${text}\x1b[0m` : text;
}

/** Waits for `work`; after a second a line says what takes so long. */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  using _progress = createProgress(what);
  return await work;
}
