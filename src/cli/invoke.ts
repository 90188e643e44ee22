// hearth invoke: one synchronous invocation; the result to standard output, the log to standard error.
import { ask, type Command, endpoint, localHeaders, named, print } from "./command.ts";
import { sampleEvent, sampleEventNames } from "./sample-events.ts";
import { withProgress } from "./terminal.ts";
import { type InvocationTrace, waterfall } from "./waterfall.ts";

/** A result as JSON where it is some. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type FeedEvent = Partial<InvocationTrace> & {
  readonly event: string;
  readonly requestId?: string;
  readonly environmentId?: string;
} & Partial<NonNullable<InvocationTrace["start"]>>;

async function eventsAfter(url: string, after: number): Promise<{ events: readonly FeedEvent[]; next: number }> {
  return (await (await ask(`${url}/_hearth/events?after=${after}`)).json()) as { events: FeedEvent[]; next: number };
}

/** What the feed tells of an invocation since a place; undefined when it never reached an environment. */
async function traceOf(url: string, requestId: string, since: number): Promise<InvocationTrace | undefined> {
  const seen: FeedEvent[] = [];
  for (let after = since; ; ) {
    const { events, next } = await eventsAfter(url, after);
    seen.push(...events);
    const ended = seen.find((it) => it.event === "InvocationEnded" && it.requestId === requestId);
    if (ended !== undefined) {
      const { isCold = false, kind = "", waitedMs = 0, tookMs = 0, environmentId } = ended;
      const start = seen.find((it) => it.event === "EnvironmentStarted" && it.environmentId === environmentId);
      const { phasesMs = {}, poolLevel = 0, poolMiss } = start ?? {};
      return { isCold, kind, waitedMs, tookMs, start: isCold ? { phasesMs, poolLevel, poolMiss } : undefined };
    }
    if (events.length === 0) return undefined;
    after = next;
  }
}

export const invoke: Command = {
  about: "invokes a function and prints its result; exit code 1 when the function fails",
  usage: "hearth invoke FUNCTION [--payload JSON | --event NAME] [--log] [--trace]",
  options: {
    payload: { type: "string", value: "JSON", about: "the event ({})" },
    event: { type: "string", value: "NAME", about: `a sample event: ${sampleEventNames().join(", ")}` },
    trace: { type: "boolean", about: "draws to standard error where the time went: cold or warm, phase by phase" },
    log: { type: "boolean", about: "prints the end of the invocation's log to standard error" },
  },
  async run(given) {
    const name = named(invoke, given, "function");
    const { payload, event } = given.values;
    if (payload !== undefined && event !== undefined) throw new Error("give --payload or --event, not both");
    const url = endpoint(given.args);
    const isTraced = given.values["trace"] === true;
    // After the newest event there is: a place far beyond it is answered with its own.
    const since = isTraced ? (await eventsAfter(url, Number.MAX_SAFE_INTEGER)).next : 0;
    const asked = ask(`${url}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: "POST",
      headers: { ...localHeaders("lambda"), "x-amz-log-type": "Tail" },
      body: typeof event === "string" ? sampleEvent(event) : typeof payload === "string" ? payload : "{}",
    });
    const response = await withProgress(`${name} runs`, asked);
    const result = await response.text();
    const log = Buffer.from(response.headers.get("x-amz-log-result") ?? "", "base64").toString("utf8");
    const functionError = response.headers.get("x-amz-function-error") ?? undefined;
    if (given.values["log"] === true && !given.isJson) process.stderr.write(log);
    const requestId = response.headers.get("x-amzn-requestid") ?? "";
    const trace = isTraced ? await traceOf(url, requestId, since) : undefined;
    if (trace !== undefined && !given.isJson) process.stderr.write(`${waterfall(trace)}\n`);
    print(given, { statusCode: response.status, functionError, result: parsed(result), log, trace }, result);
    return response.ok && functionError === undefined ? 0 : 1;
  },
};
