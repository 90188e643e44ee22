// What a sandbox's init sources to start the runtime: the environment and the command, quoted for the shell. Pure.
import type { Launch } from "./sandbox-driver.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Shell text. A sole command with a path outside the package runs as it is; several are candidates of which the first executable runs. */
export function launchScript(launch: Launch): string {
  const lines = ["unset PWD OLDPWD SHLVL _"];
  for (const [name, value] of Object.entries(launch.environment)) lines.push(`export ${name}=${quoted(value)}`);
  const [first, ...others] = launch.commands;
  if (first !== undefined && others.length === 0) {
    lines.push("CANDIDATES=", `set -- ${first.map(quoted).join(" ")}`);
  } else {
    lines.push(`CANDIDATES=${quoted(launch.commands.map(([file]) => file).join(" "))}`, "set --");
  }
  return `${lines.join("\n")}\n`;
}
