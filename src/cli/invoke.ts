// hearth invoke: one synchronous invocation; the result to standard output, the log to standard error.
import { ask, type Command, endpoint, localHeaders, named, print } from "./command.ts";
import { withProgress } from "./terminal.ts";

/** A result as JSON where it is some. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const invoke: Command = {
  about: "invokes a function and prints its result; exit code 1 when the function fails",
  usage: "hearth invoke FUNCTION [--payload JSON] [--log]",
  options: {
    payload: { type: "string", value: "JSON", about: "the event ({})" },
    log: { type: "boolean", about: "prints the end of the invocation's log to standard error" },
  },
  async run(given) {
    const name = named(invoke, given, "function");
    const payload = given.values["payload"];
    const asked = ask(`${endpoint(given.args)}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: "POST",
      headers: { ...localHeaders("lambda"), "x-amz-log-type": "Tail" },
      body: typeof payload === "string" ? payload : "{}",
    });
    const response = await withProgress(`${name} runs`, asked);
    const result = await response.text();
    const log = Buffer.from(response.headers.get("x-amz-log-result") ?? "", "base64").toString("utf8");
    const functionError = response.headers.get("x-amz-function-error") ?? undefined;
    if (given.values["log"] === true && !given.isJson) process.stderr.write(log);
    print(given, { statusCode: response.status, functionError, result: parsed(result), log }, result);
    return response.ok && functionError === undefined ? 0 : 1;
  },
};
