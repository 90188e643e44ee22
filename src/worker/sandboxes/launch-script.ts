// What a sandbox's init sources to start the runtime or an extension: the environment and the command, quoted for the shell. Pure.
import type { Boot, Launch } from "./sandbox-driver.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function variables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
}

/** Shell text that starts a runtime which waits for its function. */
export function bootScript(boot: Boot): string {
  const command = `set -- ${boot.command.map(quoted).join(" ")}`;
  return `${["unset PWD OLDPWD SHLVL _", ...variables(boot.environment), "_candidates=", "_boots=1", command].join("\n")}\n`;
}

/** Shell text that starts an extension. */
export function extensionScript(path: string, environment: Readonly<Record<string, string>>): string {
  const lines = ["unset PWD OLDPWD SHLVL _", ...variables(environment), `set -- ${quoted(path)}`];
  return `${lines.join("\n")}\n`;
}

/** What AWS's managed runtimes say and exit with when the wrapper can't be run. Source: /var/runtime/bootstrap of its base images. */
const WRAPPED = `_wrapped() {
  if [ ! -f "$1" ]; then echo "$1: does not exist"; exit 127; fi
  if [ ! -x "$1" ]; then echo "$1: is not an executable"; exit 126; fi
  exec "$@"
}`;

/** Shell text. A sole command with a path outside the package runs as it is; several are candidates of which the first executable runs. */
export function launchScript(launch: Launch): string {
  const lines = ["unset PWD OLDPWD SHLVL _", ...variables(launch.environment), "_boots=0"];
  const [first, ...others] = launch.commands;
  if (first !== undefined && others.length === 0) {
    const words = launch.wrapper === undefined ? first : [launch.wrapper, ...first];
    if (launch.wrapper !== undefined) lines.push(WRAPPED);
    lines.push(
      "_candidates=",
      `set -- ${launch.wrapper === undefined ? "" : "_wrapped "}${words.map(quoted).join(" ")}`,
    );
  } else {
    lines.push(`_candidates=${quoted(launch.commands.map(([file]) => file).join(" "))}`, "set --");
  }
  return `${lines.join("\n")}\n`;
}
