// The results as a picture: a bar a row on a scale of its own target, with marks at target and stretch. Pure; readable in light and dark.
import type { Judged, Results } from "./results.ts";
import type { Measured } from "./row.ts";

const WIDTH = 960;
const LABELS = 440;
const BAR_LEFT = LABELS + 12;
const BAR_WIDTH = 360;
const ROW_HEIGHT = 22;
const TOP = 78;
const BAR_HEIGHT = 12;
/** A bar at its target ends here: what is beyond is cut off at twice and a half. */
const TARGET_AT = 0.4;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .track { fill: #eaeef2; }
  .good { fill: #2da44e; }
  .fair { fill: #5aa9e6; }
  .bad { fill: #d1495b; }
  .plain { fill: #8c959f; }
  .mark { stroke: #1f2328; stroke-width: 2; }
  .stretch { stroke: #1f2328; stroke-width: 1; stroke-dasharray: 2 2; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; }
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .track { fill: #21262d; }
    .mark, .stretch { stroke: #e6edf3; }
  }
`;

const CLASS = { stretch: "good", met: "fair", missed: "bad", "no target": "plain", "not available": "plain" } as const;

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const at = (value: number): string => value.toFixed(1);

type MeasuredRow = Extract<Judged, Measured>;

/** What the whole width of a row's track stands for. */
function scaleOf({ target, compared, yardstick }: MeasuredRow): number {
  if (target !== undefined) return Math.max(target.target, target.stretch ?? 0) / TARGET_AT;
  return yardstick === undefined ? compared / TARGET_AT : Math.max(1, compared) / TARGET_AT;
}

function bar(row: MeasuredRow, top: number): string {
  const { compared, target, yardstick, unit, verdict } = row;
  const scale = scaleOf(row);
  const xOf = (value: number): number => BAR_LEFT + Math.min(1, value / scale) * BAR_WIDTH;
  const line = (value: number, name: string): string =>
    `<line class="${name}" x1="${at(xOf(value))}" x2="${at(xOf(value))}" y1="${top - 3}" y2="${top + BAR_HEIGHT + 3}"/>`;
  const text = yardstick === undefined ? `${compared} ${unit}` : `${compared.toFixed(2)}×`;
  return [
    `<rect class="track" x="${BAR_LEFT}" y="${top}" width="${BAR_WIDTH}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<rect class="${CLASS[verdict]}" x="${BAR_LEFT}" y="${top}" width="${at(xOf(compared) - BAR_LEFT)}" height="${BAR_HEIGHT}" rx="2"/>`,
    target === undefined ? "" : line(target.target, "mark"),
    target?.stretch === undefined ? "" : line(target.stretch, "stretch"),
    `<text x="${BAR_LEFT + BAR_WIDTH + 10}" y="${top + 10}">${escaped(text)}</text>`,
  ].join("");
}

function rowOf(row: Judged, index: number): string {
  const top = TOP + index * ROW_HEIGHT;
  const label = `<text x="${LABELS}" y="${top + 10}" text-anchor="end">${escaped(row.what)}</text>`;
  if ("notAvailable" in row) return `${label}<text class="quiet" x="${BAR_LEFT}" y="${top + 10}">not available</text>`;
  return label + bar(row, top);
}

const LEGEND: readonly (readonly [string, string])[] = [
  ["good", "stretch reached"],
  ["fair", "target met"],
  ["bad", "missed"],
  ["plain", "no target"],
];

/** An SVG document. */
export function plot({ at: when, machine, rows, note = "" }: Results): string {
  const height = TOP + rows.length * ROW_HEIGHT + 26;
  const about = `${String(machine["cpus"])} cores, ${String(machine["memoryGiB"])} GiB, Node ${String(machine["node"])}, ${when.slice(0, 10)}. Ratios to the yardstick; line: target, dotted: stretch.`;
  const legend = LEGEND.map(
    ([name, text], index) =>
      `<rect class="${name}" x="${BAR_LEFT + index * 122}" y="50" width="10" height="10" rx="2"/><text x="${BAR_LEFT + index * 122 + 15}" y="59">${text}</text>`,
  ).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Hearth beside its yardsticks">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text class="title" x="16" y="26">Hearth beside its yardsticks</text>`,
    `<text class="quiet" x="16" y="44">${escaped(about)}</text>`,
    legend,
    ...rows.map(rowOf),
    `<text class="quiet" x="16" y="${height - 10}">${escaped(note)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}
