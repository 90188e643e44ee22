// hearth logs: a function's log from all of its environments in order of time, and with -f what comes.
import { setTimeout as wait } from "node:timers/promises";
import { ask, type Command, endpoint, type Given, localHeaders, named } from "./command.ts";
import { createNewEvents } from "./new-events.ts";

const POLL_MS = 500;

interface LogEvent {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName: string;
}

type Page =
  | { readonly outcome: "events"; readonly events: readonly LogEvent[]; readonly nextToken: string | undefined }
  | { readonly outcome: "noGroup" };

async function filter(url: string, input: object): Promise<Page> {
  const response = await ask(url, {
    method: "POST",
    headers: {
      ...localHeaders("logs"),
      "x-amz-target": "Logs_20140328.FilterLogEvents",
      "content-type": "application/x-amz-json-1.1",
    },
    body: JSON.stringify(input),
  });
  const body = (await response.json()) as {
    __type?: string;
    message?: string;
    events?: readonly LogEvent[];
    nextToken?: string;
  };
  if (response.ok) return { outcome: "events", events: body.events ?? [], nextToken: body.nextToken };
  if (body.__type === "ResourceNotFoundException") return { outcome: "noGroup" };
  throw new Error(body.message ?? `Hearth answered ${response.status}`);
}

function show(given: Given, event: LogEvent): void {
  process.stdout.write(`${given.isJson ? JSON.stringify(event) : event.message.trimEnd()}\n`);
}

export const logs: Command = {
  about: "prints a function's log; -f goes on as it grows, also before the function's first invocation",
  usage: "hearth logs FUNCTION [-f] [--filter PATTERN]",
  options: {
    follow: { type: "boolean", short: "f", about: "waits for what comes, until Ctrl-C" },
    filter: { type: "string", value: "PATTERN", about: "only what a CloudWatch Logs filter pattern matches" },
  },
  async run(given) {
    const logGroupName = `/aws/lambda/${named(logs, given, "function")}`;
    const { follow, filter: filterPattern } = given.values;
    const fresh = createNewEvents<LogEvent>();
    let nextToken: string | undefined;
    for (;;) {
      const startTime = fresh.startMs();
      const page = await filter(endpoint(given.args), { logGroupName, startTime, filterPattern, nextToken });
      if (page.outcome === "noGroup" && follow !== true) throw new Error(`there is no log group ${logGroupName} yet`);
      const { events, nextToken: next } = page.outcome === "events" ? page : { events: [], nextToken: undefined };
      for (const event of fresh.take(events)) show(given, event);
      // A token belongs to the start time that it was given for, so pages end before the start moves on.
      nextToken = next;
      if (next !== undefined) continue;
      if (follow !== true) return 0;
      fresh.moveOn();
      await wait(POLL_MS);
    }
  },
};
