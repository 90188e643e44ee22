// hearth config: every setting, its value in force, and where it can be set.
import { readSettings, settingDescriptions, type Settings } from "../main/settings.ts";
import { type Command, print, settingOptions } from "./command.ts";

/** As one would write it: a setting that is switched off has a word for that. */
function shown(value: Settings[keyof Settings]): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === undefined ? "never" : String(value);
}

export const config: Command = {
  about: "lists every setting with its value",
  usage: "hearth config [SETTING...]",
  options: settingOptions,
  run(given) {
    const settings = readSettings(given.args, process.env);
    const lines = settingDescriptions.map(
      (it) => `${it.variable.padEnd(22)} ${it.flag.padEnd(17)} ${shown(settings[it.name]).padEnd(24)} ${it.about}`,
    );
    print(given, settings, lines.join("\n"));
    return Promise.resolve(0);
  },
};
