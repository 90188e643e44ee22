// hearth start: described here; bin/hearth does it itself, since it has to find a Node first.
import { type Command, settingOptions } from "./command.ts";

export const start: Command = {
  about:
    "sets up what is missing and runs in the foreground until Ctrl-C or SIGTERM; settings are those of hearth config",
  usage: "hearth start [--no-install] [--no-samples] [SETTING...]",
  options: {
    ...settingOptions,
    "no-install": { type: "boolean", about: "installs nothing and names what is missing" },
    "no-samples": { type: "boolean", about: "a terminal's first start deploys no sample functions" },
  },
  run: () => Promise.reject(new Error("start it with bin/hearth or npm start")),
};
