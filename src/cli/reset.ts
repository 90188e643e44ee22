// The command `hearth reset`: empties the running Hearth.
import { type Command, readArguments } from "./command.ts";
import { ask, objectOf } from "./endpoint.ts";
import { print, printJson } from "./terminal.ts";

async function run(args: readonly string[]): Promise<number> {
  const { settings, has } = readArguments(args, { json: { type: "boolean" } });
  const said = objectOf(await ask(settings, { method: "POST", path: "/_hearth/reset" }), settings);
  if (has("json")) printJson(said);
  else print(`Hearth on ${settings.host}:${settings.port} is empty.`);
  return 0;
}

/** The command. */
export const reset: Command = {
  name: "reset",
  usage: "reset [--json]",
  about: "removes everything that the running Hearth holds, without asking",
  options: ["--json  what Hearth answered"],
  run,
};
