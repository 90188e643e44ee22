// Traces from the caller into the function and back: what the runtimes' clients set, what the answer and the log carry.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, type Runtime, type TracingMode } from "@aws-sdk/client-lambda";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const python = await pythonHere();
let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function pythonHere(): Promise<Runtime | undefined> {
  for (const minor of [13, 12, 11, 10, 14]) {
    if ((await findPython(`3.${minor}`)) !== undefined) return `python3.${minor}` as Runtime;
  }
  return undefined;
}

interface FunctionGiven {
  readonly files: Readonly<Record<string, string>>;
  readonly runtime?: Runtime;
  readonly handler?: string;
  readonly tracing?: TracingMode;
}

async function aFunction(FunctionName: string, given: FunctionGiven): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: given.runtime ?? "nodejs26.x",
      Handler: given.handler ?? "index.handler",
      Timeout: 20,
      TracingConfig: { Mode: given.tracing ?? "PassThrough" },
      Code: { ZipFile: aZip(given.files) },
    }),
  );
  await active(hearth.lambda, FunctionName);
}

interface Answer {
  /** The header of the answer. */
  readonly header: string;
  readonly result: unknown;
  readonly log: string;
}

/** Invokes with a trace header, as a traced caller does. */
async function invoke(FunctionName: string, trace?: string): Promise<Answer> {
  let header = "";
  const command = new InvokeCommand({ FunctionName, LogType: "Tail" });
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers: Record<string, string> };
      if (trace !== undefined) request.headers["x-amzn-trace-id"] = trace;
      const output = await next(args);
      header = (output.response as { headers: Record<string, string> }).headers["x-amzn-trace-id"] ?? "";
      return output;
    },
    { step: "build" },
  );
  const { Payload, LogResult } = await hearth.lambda.send(command);
  return {
    header,
    result: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown,
    log: Buffer.from(LogResult ?? "", "base64").toString(),
  };
}

const root = "1-5759e988-bd862e3fe1be46a994272793";
const caller = "53995c3f42cd8ad8";

const clients: readonly (FunctionGiven & { readonly name: string; readonly skip: string | boolean })[] = [
  ...(["nodejs22.x", "nodejs26.x"] as const).map((runtime) => ({
    name: runtime,
    skip,
    runtime,
    files: { "index.mjs": "export const handler = async () => process.env._X_AMZN_TRACE_ID;" },
  })),
  {
    name: "python",
    skip: reason ?? (python === undefined ? "no Python that Lambda has a runtime for" : false),
    runtime: python ?? "python3.13",
    handler: "app.handler",
    files: { "app.py": "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n" },
  },
];
for (const { name, skip: skipped, ...given } of clients) {
  test(`${name}: a caller's decision reaches the function, the answer and the log, cold and warm`, {
    skip: skipped,
  }, async () => {
    const FunctionName = `f-${name.replaceAll(".", "-")}`;
    await aFunction(FunctionName, given);
    const sampled = await invoke(FunctionName, `Root=${root};Parent=${caller};Sampled=1`);
    const unsampled = await invoke(FunctionName, `Root=${root};Parent=${caller};Sampled=0`);
    const fresh = await invoke(FunctionName);

    const own = /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=([0-9a-f]{16});Sampled=1$/u.exec(sampled.header)?.[1];
    assert.ok(own !== undefined && own !== caller, sampled.header);
    assert.equal(sampled.result, sampled.header);
    assert.ok(sampled.log.endsWith(`\t\nXRAY TraceId: ${root}\tSegmentId: ${own}\tSampled: true\t\n`), sampled.log);
    assert.equal(unsampled.header, `Root=${root};Parent=${caller};Sampled=0`);
    assert.equal(unsampled.result, unsampled.header);
    assert.doesNotMatch(unsampled.log, /XRAY/u);
    assert.match(fresh.header, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/u);
    assert.equal(fresh.result, fresh.header);
  });
}

test("active tracing samples the first request", { skip }, async () => {
  const files = { "index.mjs": "export const handler = async () => process.env._X_AMZN_TRACE_ID;" };
  await aFunction("active", { files, tracing: "Active" });

  const { header, result, log } = await invoke("active");

  assert.match(header, /;Sampled=1$/u);
  assert.equal(result, header);
  assert.match(log, /XRAY TraceId: /u);
});
