// hearth reset: empties everything: functions, logs, packages.
import { ask, type Command, endpoint, print } from "./command.ts";
import { withProgress } from "./terminal.ts";

export const reset: Command = {
  about: "removes every function, log and package",
  usage: "hearth reset",
  options: {},
  async run(given) {
    const asked = ask(`${endpoint(given.args)}/_hearth/reset`, { method: "POST" });
    const response = await withProgress("removing everything", asked);
    print(
      given,
      { status: response.ok ? "empty" : "failed" },
      response.ok ? "Hearth is empty." : "Hearth could not be emptied.",
    );
    return response.ok ? 0 : 1;
  },
};
