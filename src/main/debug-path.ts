// POST /_hearth/debug: environments of a function wait for a debugger for as long as somebody reads the answer.
import { once } from "node:events";
import type { Assignment } from "../data-plane/assignment/assignment.ts";
import type { WireReply } from "../gateway/protocols/protocol.ts";
import { parseFunctionAddress } from "../model/function-arn.ts";
import type { FunctionVersion } from "../model/function-version.ts";

/** Those that debuggers use of themselves. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { nodejs: 9229, python: 5678 };
const PORT_MAX = 65_535;

/** What the path looks up and does. */
export interface DebugPathDeps {
  readonly functionOf: (accountId: string, region: string, name: string) => FunctionVersion | undefined;
  readonly debug: Assignment["debug"];
  /** Hearth is about to end. */
  readonly stopping: AbortSignal;
}

const refused = (status: number, message: string): WireReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

/** Answers with where the debugger comes in, and then with nothing more until either side ends it. */
export function debugPath({ functionOf, debug, stopping }: DebugPathDeps) {
  return (query: URLSearchParams, signal: AbortSignal): WireReply => {
    const given = query.get("function") ?? "";
    const { accountId = "000000000000", region = "us-east-1", functionName = "" } = parseFunctionAddress(given) ?? {};
    const version = functionOf(accountId, region, functionName);
    if (version === undefined) return refused(404, `There is no function ${given}.`);
    const family = version.code.image === undefined ? (/^[a-z]+/u.exec(version.settings.runtime)?.[0] ?? "") : "image";
    const usual = DEFAULT_PORTS[family];
    if (usual === undefined)
      return refused(400, `Debuggers attach to functions in Node.js and Python from zips, and not to ${family}.`);
    const port = Number(query.get("port") ?? usual);
    if (!Number.isInteger(port) || port < 1 || port > PORT_MAX)
      return refused(400, `port is a whole number from 1 to ${PORT_MAX}.`);
    const session = debug(version, port);
    if (session === undefined) return refused(409, `Somebody debugs ${given} already.`);
    const ended = AbortSignal.any([signal, stopping]);
    // Here and not in what is iterated: nobody may ever come to read it.
    if (ended.aborted) session[Symbol.dispose]();
    else ended.addEventListener("abort", () => session[Symbol.dispose](), { once: true });
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${JSON.stringify({ family, port })}\n`);
      if (!ended.aborted) await once(ended, "abort");
    }
    return { status: 200, headers: { "content-type": "application/x-ndjson" }, body: body() };
  };
}
