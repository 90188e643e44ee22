// hearth logs: a function's log, and with -f what comes.
import { setTimeout as wait } from "node:timers/promises";
import { ask, type Command, endpoint, localHeaders, parse } from "./command.ts";

const POLL_MS = 500;

interface Page {
  readonly events?: readonly { readonly eventId: string; readonly message: string }[];
  readonly nextToken?: string;
  readonly message?: string;
}

export const logs: Command = {
  about: "prints a function's log; -f goes on as it grows",
  usage: "hearth logs FUNCTION [-f]",
  async run(args) {
    const { values, positionals } = parse(args, { follow: { type: "boolean", short: "f" } });
    const [name] = positionals;
    if (name === undefined) throw new Error(`which function? ${this.usage}`);
    let token: string | undefined;
    for (;;) {
      const response = await ask(endpoint(args), {
        method: "POST",
        headers: {
          ...localHeaders("logs"),
          "x-amz-target": "Logs_20140328.FilterLogEvents",
          "content-type": "application/x-amz-json-1.1",
        },
        body: JSON.stringify({
          logGroupName: `/aws/lambda/${name}`,
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      });
      const page = (await response.json()) as Page;
      if (!response.ok) throw new Error(page.message ?? `Hearth answered ${response.status}`);
      for (const { message } of page.events ?? []) process.stdout.write(`${message.trimEnd()}\n`);
      const last = page.events?.at(-1);
      if (last !== undefined) token = `f/${Number(last.eventId)}`;
      if (page.nextToken !== undefined) token = page.nextToken;
      else if (values["follow"] === true) await wait(POLL_MS);
      else return 0;
    }
  },
};
