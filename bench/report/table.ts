// The results as a table for a terminal. Pure.
import type { Judged, Results } from "./results.ts";
import type { Target } from "./row.ts";

const MARK = { stretch: "++", met: "+", missed: "MISSED", "no target": "", "not available": "n/a" } as const;

const targetText = (target: Target | undefined, unit: string): string => {
  if (target === undefined) return "";
  const sign = target.better === "lower" ? "≤" : "≥";
  const stretch = target.stretch === undefined ? "" : ` (${target.stretch})`;
  return `${sign} ${target.target}${unit}${stretch}`;
};

function cells(row: Judged): readonly string[] {
  const mark = MARK[row.verdict];
  if ("notAvailable" in row) return [row.what, "", "", "", "", mark];
  const { hearth, yardstick, by, unit, target } = row;
  const figure = (value: number): string => `${value} ${unit}`;
  const ratio = yardstick === undefined ? "" : `${row.compared.toFixed(2)}×`;
  const theirs = yardstick === undefined ? "" : figure(yardstick[by]);
  return [row.what, figure(hearth[by]), theirs, ratio, targetText(target, yardstick === undefined ? "" : "×"), mark];
}

/** Lines of text: one a row, then what could not be measured and why, then sections that failed. */
export function table({ rows, sections }: Results): string {
  const head = ["", "Hearth", "yardstick", "ratio", "target (stretch)", ""];
  const all = [head, ...rows.map(cells)];
  const widths = head.map((_, index) => Math.max(...all.map((it) => it[index]?.length ?? 0)));
  const lines = all.map((it) =>
    it
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const notes = rows.flatMap((it) => ("notAvailable" in it ? [`${it.what}: ${it.notAvailable}`] : []));
  const missed = rows.flatMap((it) => (it.reason === undefined ? [] : [`${it.what}: ${it.reason}`]));
  const failed = sections.flatMap((it) => (it.error === undefined ? [] : [`${it.section} failed: ${it.error}`]));
  const part = (title: string, list: readonly string[]): readonly string[] =>
    list.length === 0 ? [] : ["", title, ...list.map((it) => `  ${it}`)];
  return [...lines, ...part("Missed:", missed), ...part("Not available:", notes), ...part("Failed:", failed), ""].join(
    "\n",
  );
}
