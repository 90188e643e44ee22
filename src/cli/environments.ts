// hearth environments: every execution environment, with what it is for, where it is and how its start went.
import { ask, type Command, endpoint, print } from "./command.ts";
import { paint } from "./terminal.ts";

interface Environment {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly workerId: string;
  readonly state: string;
  readonly initializationType: string;
  readonly qualifier?: string;
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly poolLevel?: number;
  readonly bornAtMs: number;
  readonly lastUsedAtMs: number;
}

const HEADINGS = ["ENVIRONMENT", "FUNCTION", "STATE", "TYPE", "WORKER", "POOL", "START", "AGE", "USED"] as const;
const ID_SHOWN = 12;

/** `90s`, `15m`, `3h`: as much as a table has room for. */
function shownAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}

/** `name:version` out of `account/region/name:version@deployment`. */
function shownFunction(deploymentId: string): string {
  return deploymentId.replace(/^.*\//u, "").replace(/@[^@]*$/u, "");
}

function rowOf(it: Environment, nowMs: number): readonly string[] {
  const startMs = Object.values(it.phasesMs).reduce((sum, ms) => sum + ms, 0);
  return [
    it.environmentId.slice(0, ID_SHOWN),
    shownFunction(it.deploymentId),
    it.state,
    it.qualifier === undefined ? it.initializationType : `provisioned for ${it.qualifier}`,
    it.workerId,
    it.poolLevel === undefined ? "-" : String(it.poolLevel),
    startMs === 0 ? "-" : `${startMs.toFixed(0)} ms`,
    shownAge(nowMs - it.bornAtMs),
    it.state === "Busy" ? "now" : `${shownAge(nowMs - it.lastUsedAtMs)} ago`,
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line, index) => (index === 0 ? paint(line, "bold") : line)).join("\n");
}

export const environments: Command = {
  about: "lists execution environments: their function, state, worker, pool and how long their start took",
  usage: "hearth environments [FUNCTION]",
  options: {},
  async run(given) {
    const [name] = given.positionals;
    const answer = await ask(`${endpoint(given.args)}/_hearth/environments`);
    const all = ((await answer.json()) as { environments: readonly Environment[] }).environments;
    const shown = all.filter((it) => name === undefined || shownFunction(it.deploymentId).startsWith(`${name}:`));
    const nowMs = Date.parse(answer.headers.get("date") ?? "") || Math.max(0, ...all.map((it) => it.lastUsedAtMs));
    const text = table([HEADINGS, ...shown.map((it) => rowOf(it, nowMs))]);
    print(given, shown, shown.length === 0 ? "There is no execution environment." : text);
    return 0;
  },
};
