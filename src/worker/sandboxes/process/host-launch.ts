// A launch as it is for a plain process: the same variables, with the machine's own paths in the place of a sandbox's. Pure.
import type { Launch } from "../sandbox-driver.ts";

/** Variables that name places inside a sandbox. */
const SEARCH_PATHS: ReadonlySet<string> = new Set([
  "NODE_PATH",
  "PYTHONPATH",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Replaces /var/task and /var/runtime by where they are on this machine; the libraries' search path is the machine's. */
export function hostLaunch(launch: Launch, searchPath: string): Launch {
  const { codeDirectory, runtimeDirectory, optDirectory } = launch;
  const here = (text: string): string =>
    text
      .replaceAll(/\/var\/(task|runtime)(?=$|[/:])/gu, (_, place: string) =>
        place === "task" ? codeDirectory : runtimeDirectory,
      )
      .replaceAll(/(?<=^|:)\/opt(?=$|[/:])/gu, optDirectory ?? "/opt");
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(launch.environment)) {
    if (name !== "LD_LIBRARY_PATH") environment[name] = SEARCH_PATHS.has(name) ? here(value) : value;
  }
  environment["PATH"] = searchPath;
  return { ...launch, environment, commands: launch.commands.map((command) => command.map(here)) };
}
