// hearth invoke: one synchronous invocation; the result to standard output, the log to standard error.
import { ask, type Command, endpoint, localHeaders, parse } from "./command.ts";

export const invoke: Command = {
  about: "invokes a function and prints its result; exit code 1 when the function fails",
  usage: "hearth invoke FUNCTION [--payload JSON] [--log]",
  async run(args) {
    const { values, positionals } = parse(args, { payload: { type: "string" }, log: { type: "boolean" } });
    const [name] = positionals;
    if (name === undefined) throw new Error(`which function? ${this.usage}`);
    const response = await ask(`${endpoint(args)}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: "POST",
      headers: { ...localHeaders("lambda"), "x-amz-log-type": "Tail" },
      body: typeof values["payload"] === "string" ? values["payload"] : "{}",
    });
    const log = response.headers.get("x-amz-log-result");
    if (values["log"] === true && log !== null) process.stderr.write(Buffer.from(log, "base64"));
    process.stdout.write(`${await response.text()}\n`);
    return response.ok && response.headers.get("x-amz-function-error") === null ? 0 : 1;
  },
};
