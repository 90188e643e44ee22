// hearth config: every setting, its value in force, and where it can be set.
import { readSettings, settingDescriptions } from "../main/settings.ts";
import { type Command, parse, print } from "./command.ts";

export const config: Command = {
  about: "lists every setting with its value",
  usage: "hearth config [--json]",
  run(args) {
    const { values } = parse(args, {
      driver: { type: "string" },
      auth: { type: "string" },
      runtimes: { type: "string" },
    });
    const settings = readSettings(args, process.env);
    const lines = settingDescriptions.map(
      (it) => `${it.variable.padEnd(16)} ${it.flag.padEnd(11)} ${String(settings[it.name]).padEnd(24)} ${it.about}`,
    );
    print(values["json"], settings, lines.join("\n"));
    return Promise.resolve(0);
  },
};
