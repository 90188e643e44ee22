// A launch as it is for a plain process: the same variables, with the machine's own paths in the place of a sandbox's. Pure.
import { delimiter, join } from "node:path";
import type { Launch } from "../sandbox-driver.ts";

/** Variables that name places inside a sandbox. */
const SEARCH_PATHS: ReadonlySet<string> = new Set([
  "NODE_PATH",
  "PYTHONPATH",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
  "AWS_LAMBDA_EXEC_WRAPPER",
]);
/** In the place of layers that there are not: the machine's own /opt is none of the function's. */
const NOWHERE = "/nonexistent";

/**
 * Replaces /var/task, /var/runtime and /opt by where they are on this machine. Programs and libraries are the machine's,
 * and those of the function's layers. `_HEARTH_OPT` tells Hearth's Python client where those are.
 */
export function hostLaunch(launch: Launch, searchPath: string): Launch {
  const { codeDirectory, runtimeDirectory, layersDirectory } = launch;
  const opt = layersDirectory ?? NOWHERE;
  const places: Readonly<Record<string, string>> = {
    "/var/task": codeDirectory ?? NOWHERE,
    "/var/runtime": runtimeDirectory,
    "/opt": opt,
  };
  const here = (text: string): string =>
    text.replaceAll(/(?<=^|:)(?:\/var\/task|\/var\/runtime|\/opt)(?=$|[/:])/gu, (place) => places[place] ?? place);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(launch.environment)) {
    if (name !== "LD_LIBRARY_PATH") environment[name] = SEARCH_PATHS.has(name) ? here(value) : value;
  }
  environment["PATH"] = searchPath;
  if (environment["PYTHONPATH"] !== undefined) environment["_HEARTH_OPT"] = opt;
  if (layersDirectory !== undefined) {
    environment["PATH"] = [searchPath, join(layersDirectory, "bin")].join(delimiter);
    environment["LD_LIBRARY_PATH"] = join(layersDirectory, "lib");
  }
  const wrapper = launch.wrapper === undefined ? undefined : here(launch.wrapper);
  return { ...launch, wrapper, environment, commands: launch.commands.map((command) => command.map(here)) };
}
