// A Python function in the newest runtime that the host's interpreters allow: warm state, errors, logging, boto3 to Hearth itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, type Runtime } from "@aws-sdk/client-lambda";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

async function hostRuntime(): Promise<Runtime | undefined> {
  for (const minor of ["14", "13", "12", "11", "10", "9"]) {
    if ((await findPython(`3.${minor}`)) !== undefined) return `python3.${minor}` as Runtime;
  }
  return undefined;
}

const runtime = await hostRuntime();
const reason = (await whyNoSandboxes()) ?? (runtime === undefined ? "the host has no Python 3.9 to 3.14" : undefined);
const skip = reason ?? false;
let hearth: RunningHearth;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  const code = `import logging, os
calls = 0
def handler(event, context):
    global calls
    calls += 1
    logging.getLogger().setLevel("INFO")
    logging.info("called")
    print("printed")
    if event.get("fail"):
        raise ValueError("boom")
    if event.get("sdk"):
        import boto3
        return boto3.client("sts").get_caller_identity()["Arn"]
    return {"calls": calls, "left": context.get_remaining_time_in_millis() > 0, "memory": context.memory_limit_in_mb}
`;
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "py",
      Role: role,
      ...(runtime === undefined ? {} : { Runtime: runtime }),
      Handler: "pkg.app.handler",
      Timeout: 30,
      MemorySize: 512,
      Code: { ZipFile: aZip({ "pkg/__init__.py": "", "pkg/app.py": code }) },
    }),
  );
  await active(hearth.lambda, "py");
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function invoke(event: object): Promise<{ json: unknown; log: string; error: string | undefined }> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "py", LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const json = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as unknown;
  return { json, log: Buffer.from(output.LogResult ?? "", "base64").toString(), error: output.FunctionError };
}

test("a Python function keeps its module state and logs as on AWS", { skip }, async () => {
  assert.deepEqual((await invoke({})).json, { calls: 1, left: true, memory: "512" });
  const second = await invoke({});

  assert.deepEqual(second.json, { calls: 2, left: true, memory: "512" });
  assert.match(second.log, /\[INFO\]\t[\d-]+T[\d:.]+Z\t[\w-]+\tcalled\n/u);
  assert.match(second.log, /^printed$/mu);
});

test("an exception has AWS's form", { skip }, async () => {
  const { json, error } = await invoke({ fail: true });

  assert.equal(error, "Unhandled");
  const body = json as { errorMessage: string; errorType: string; stackTrace: string[] };
  assert.deepEqual([body.errorMessage, body.errorType], ["boom", "ValueError"]);
  assert.match(
    body.stackTrace[0] ?? "",
    /^ {2}File "\/var\/task\/pkg\/app.py", line 10, in handler\n {4}raise ValueError\("boom"\)\n$/u,
  );
});

test("a plain boto3 call reaches Hearth as the function's role", { skip }, async () => {
  assert.equal((await invoke({ sdk: true })).json, "arn:aws:sts::111122223333:assumed-role/tester/py");
});
