// hearth reset: empties everything: functions, logs, packages.
import { ask, type Command, endpoint, parse, print } from "./command.ts";

export const reset: Command = {
  about: "removes every function, log and package",
  usage: "hearth reset [--json]",
  async run(args) {
    const { values } = parse(args);
    const response = await ask(`${endpoint(args)}/_hearth/reset`, { method: "POST" });
    print(
      values["json"],
      { status: response.ok ? "empty" : "failed" },
      response.ok ? "Hearth is empty." : "Hearth could not be emptied.",
    );
    return response.ok ? 0 : 1;
  },
};
