// hearth config: every setting, its value in force, and where it can be set.
import { readSettings, settingDescriptions, type Settings } from "../main/settings.ts";
import { type Command, parse, print } from "./command.ts";

/** As one would write it: a setting that is switched off has a word for that. */
function shown(value: Settings[keyof Settings]): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === undefined ? "never" : String(value);
}

export const config: Command = {
  about: "lists every setting with its value",
  usage: "hearth config [--json]",
  run(args) {
    const { values } = parse(args, {
      driver: { type: "string" },
      auth: { type: "string" },
      runtimes: { type: "string" },
      "base-images": { type: "string" },
      "nearest-runtime": { type: "string" },
    });
    const settings = readSettings(args, process.env);
    const lines = settingDescriptions.map(
      (it) => `${it.variable.padEnd(22)} ${it.flag.padEnd(17)} ${shown(settings[it.name]).padEnd(24)} ${it.about}`,
    );
    print(values["json"], settings, lines.join("\n"));
    return Promise.resolve(0);
  },
};
