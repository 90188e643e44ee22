// What `hearth --help` and `hearth COMMAND --help` print.
import { settingDescriptions } from "../main/settings.ts";
import type { Command } from "./command.ts";

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}

const settingRows = (): string =>
  table([
    ...settingDescriptions.map(({ flag, variable, about }) => [`${flag}, ${variable}`, about] as const),
    ["--config, HEARTH_CONFIG", "JSON file with settings by name"],
  ]);

/** Help for all commands. */
export function helpForAll(commands: readonly Command[]): string {
  const start = ["start", "starts Hearth; stop it with Ctrl-C or SIGTERM"] as const;
  const rows = [start, ...commands.map(({ usage, about }) => [usage, about] as const)];
  return `Usage: hearth COMMAND\n\nCommands:\n${table(rows)}\nSettings, for every command:\n${settingRows()}\nExit codes: 0 it is so, 1 it went wrong, 2 it was called wrongly.\n`;
}

/** Help for one. */
export function helpFor({ usage, about, options }: Command): string {
  const own = options.map((line) => `  ${line}\n`).join("");
  return `Usage: hearth ${usage}\n\n${about}\n\nOptions:\n${own}\nSettings:\n${settingRows()}`;
}
