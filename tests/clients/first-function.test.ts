// The first end-to-end: a function from a zip, cold and warm, its log, its errors, by the AWS SDK and the aws CLI.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  ListFunctionsCommand,
  PublishVersionCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { environmentsOf } from "../data-plane/environments.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function aFunction(
  name: string,
  files: Readonly<Record<string, string>>,
  more: {
    Runtime?: Runtime;
    Handler?: string;
    Timeout?: number;
    MemorySize?: number;
    Variables?: Record<string, string>;
  } = {},
): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: more.Runtime ?? "nodejs26.x",
      Handler: more.Handler ?? "index.handler",
      Timeout: more.Timeout ?? 10,
      MemorySize: more.MemorySize ?? 512,
      Environment: { Variables: more.Variables ?? {} },
      Code: { ZipFile: aZip(files) },
    }),
  );
  await active(hearth.lambda, name);
}

async function invoke(
  name: string,
  event: unknown = {},
): Promise<InvokeCommandOutput & { json: Record<string, unknown>; log: string }> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(output.Payload ?? []).toString();
  return {
    ...output,
    json: JSON.parse(text === "" ? "null" : text) as Record<string, unknown>,
    log: Buffer.from(output.LogResult ?? "", "base64").toString(),
  };
}

const counter =
  'let calls = 0; export const handler = async (event) => { console.log("hello"); return { calls: ++calls, event, id: process.env.AWS_LAMBDA_LOG_STREAM_NAME }; };';

test("the first invocation initialises, the second finds the environment warm with its state", { skip }, async () => {
  await aFunction("warm", { "index.mjs": counter });

  const [first, second] = [await invoke("warm", { a: 1 }), await invoke("warm")];

  assert.deepEqual([first.json["calls"], second.json["calls"]], [1, 2]);
  assert.deepEqual(first.json["event"], { a: 1 });
  assert.match(first.log, /START RequestId: .*\thello\nEND RequestId: .*REPORT .*Init Duration: [\d.]+ ms\t\n$/su);
  assert.doesNotMatch(second.log, /Init Duration/u);
  assert.equal(first.ExecutedVersion, "$LATEST");
});

// An invocation that waits for its own may be served by one that is set free before: what was started for it stays.
test("twenty parallel invocations of a one-second function make twenty environments", { skip }, async () => {
  await aFunction("parallel", {
    "index.mjs":
      "export const handler = async () => { await new Promise((r) => setTimeout(r, 1000)); return { id: process.env.AWS_LAMBDA_LOG_STREAM_NAME }; };",
  });

  const outputs = await Promise.all(Array.from({ length: 20 }, () => invoke("parallel")));

  const made = (await environmentsOf(hearth)).filter((it) => it.deploymentId.includes("/parallel:"));
  assert.equal(made.length, 20);
  const ids = new Set(made.map((it) => it.environmentId));
  assert.ok(outputs.every((it) => ids.has(String(it.json["id"]).slice(-32))));
});

test("two functions with the same code never share an environment", { skip }, async () => {
  await aFunction("one", { "index.mjs": counter });
  await aFunction("two", { "index.mjs": counter });

  const [one, two] = [await invoke("one"), await invoke("two")];

  assert.deepEqual([one.json["calls"], two.json["calls"]], [1, 1]);
  assert.notEqual(one.json["id"], two.json["id"]);
});

test("a thrown error, a timeout and an exit are function errors in AWS's forms, and a fresh environment follows", {
  skip,
}, async () => {
  await aFunction(
    "failing",
    {
      "index.mjs": `export const handler = async (event) => {
        if (event.how === "throw") throw new TypeError("boom");
        if (event.how === "exit") process.exit(3);
        if (event.how === "hang") await new Promise(() => setInterval(() => 0, 1000));
        return "fine";
      };`,
    },
    { Timeout: 1 },
  );

  const thrown = await invoke("failing", { how: "throw" });
  assert.equal(thrown.StatusCode, 200);
  assert.equal(thrown.FunctionError, "Unhandled");
  assert.deepEqual([thrown.json["errorType"], thrown.json["errorMessage"]], ["TypeError", "boom"]);
  const exited = await invoke("failing", { how: "exit" });
  assert.equal(exited.json["errorType"], "Runtime.ExitError");
  assert.match(
    String(exited.json["errorMessage"] as string),
    /^RequestId: [\w-]+ Error: Runtime exited with error: exit status 3$/u,
  );
  const hung = await invoke("failing", { how: "hang" });
  assert.equal(hung.json["errorType"], "Sandbox.Timedout");
  assert.match(
    String(hung.json["errorMessage"] as string),
    /^RequestId: [\w-]+ Error: Task timed out after 1.00 seconds$/u,
  );
  assert.match(hung.log, /Status: timeout/u);
  assert.equal((await invoke("failing")).json as unknown, "fine");
});

test("a handler that drains its event loop without an answer gives null", { skip }, async () => {
  await aFunction("drained", { "index.mjs": "export const handler = () => new Promise(() => undefined);" });

  assert.equal((await invoke("drained")).json as unknown, null);
});

test("memory beyond the function's size ends in Runtime.OutOfMemory", { skip }, async () => {
  await aFunction(
    "eater",
    {
      "index.mjs":
        "export const handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1)); };",
    },
    { MemorySize: 128, Timeout: 30 },
  );

  const output = await invoke("eater");

  assert.equal(output.json["errorType"], "Runtime.OutOfMemory");
});

test("code that can't be loaded is reported by the invocation", { skip }, async () => {
  await aFunction("missing", { "other.mjs": "" });

  const output = await invoke("missing");

  assert.equal(output.FunctionError, "Unhandled");
  assert.equal(output.json["errorType"], "Runtime.ImportModuleError");
});

test("a shell script as bootstrap runs on provided.al2023", { skip }, async () => {
  const bootstrap = `#!/bin/sh
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next")
  id=$(grep -Fi lambda-runtime-aws-request-id "$headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d "{\\"echo\\":$event}" > /dev/null
done
`;
  await aFunction("shell", { bootstrap }, { Runtime: "provided.al2023", Handler: "any" });

  assert.deepEqual((await invoke("shell", { b: 2 })).json, { echo: { b: 2 } });
});

test("an update of code or configuration is what the next invocation runs; a published version stays", {
  skip,
}, async () => {
  await aFunction("changing", { "index.mjs": "export const handler = async () => process.env.COLOUR ?? 'none';" });
  await hearth.lambda.send(new PublishVersionCommand({ FunctionName: "changing" }));
  await hearth.lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: "changing", Environment: { Variables: { COLOUR: "red" } } }),
  );
  await updated(hearth.lambda, "changing");

  assert.equal((await invoke("changing")).json as unknown, "red");
  await active(hearth.lambda, "changing:1");
  assert.equal((await invoke("changing:1")).json as unknown, "none");
  await hearth.lambda.send(
    new UpdateFunctionCodeCommand({
      FunctionName: "changing",
      ZipFile: aZip({ "index.mjs": "export const handler = async () => 'new';" }),
    }),
  );
  await updated(hearth.lambda, "changing");
  assert.equal((await invoke("changing")).json as unknown, "new");
});

test("bad input gets AWS's errors", { skip }, async () => {
  const create = { FunctionName: "bad", Role: role, Runtime: "nodejs26.x", Handler: "index.handler" } as const;
  const refused = async (run: Promise<unknown>): Promise<string> => {
    const error = await run.then(
      () => undefined,
      (it: unknown) => it,
    );
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  };

  assert.equal(
    await refused(
      hearth.lambda.send(new CreateFunctionCommand({ ...create, Code: { ZipFile: Buffer.from("no zip") } })),
    ),
    "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  );
  assert.equal(
    await refused(
      hearth.lambda.send(new CreateFunctionCommand({ ...create, Code: { ZipFile: aZip({ "../escape": "x" }) } })),
    ),
    "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.",
  );
  assert.equal(
    await refused(
      hearth.lambda.send(new CreateFunctionCommand({ ...create, Timeout: 901, Code: { ZipFile: aZip({ a: "" }) } })),
    ),
    "ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
  );
  assert.equal(
    await refused(hearth.lambda.send(new InvokeCommand({ FunctionName: "nope" }))),
    "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:nope",
  );
  assert.match(
    await refused(hearth.lambda.send(new InvokeCommand({ FunctionName: "warm", Payload: "{" }))),
    /^InvalidRequestContentException: Could not parse request body into json:/u,
  );
});

test("a function's package can be fetched from GetFunction's location; a deleted function is gone", {
  skip,
}, async () => {
  await aFunction("fetched", { "index.mjs": counter });

  const { Code } = await hearth.lambda.send(new GetFunctionCommand({ FunctionName: "fetched" }));
  const response = await fetch(Code?.Location ?? "");
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()).subarray(0, 2), new Uint8Array([0x50, 0x4b]));
  await hearth.lambda.send(new DeleteFunctionCommand({ FunctionName: "fetched" }));
  const { Functions = [] } = await hearth.lambda.send(new ListFunctionsCommand({}));
  assert.ok(!Functions.some((it) => it.FunctionName === "fetched"));
});

test("a CPU-bound handler at 885 MB takes about twice the time it takes at 1,769 MB", { skip }, async () => {
  // The handler spins, and gives the largest share of a CPU that it had in any of some fifths of a second: others on the
  // machine only ever take from it, so the largest is what its limit allows, and it looks on while that is little.
  const spin = `export const handler = async ({ windows }) => { let most = 0;
    for (let window = 0; window < windows && most < 0.9; window++) {
      const [cpu, start] = [process.cpuUsage(), performance.now()];
      while (performance.now() - start < 200);
      const used = process.cpuUsage(cpu);
      most = Math.max(most, (used.user + used.system) / 1000 / (performance.now() - start));
    } return most; };`;
  await aFunction("half", { "index.mjs": spin }, { MemorySize: 885 });
  await aFunction("whole", { "index.mjs": spin }, { MemorySize: 1769, Timeout: 30 });

  const half = Number((await invoke("half", { windows: 10 })).json);
  const whole = Number((await invoke("whole", { windows: 60 })).json);

  assert.ok(half < 0.65, `${half} of a CPU at 885 MB`);
  assert.ok(whole / half > 1.4 && whole / half < 2.6, `${whole} of a CPU against ${half}`);
});

test("payloads over 6 MB are refused on the way in and an error of the function on the way out", { skip }, async () => {
  await aFunction("big", { "index.mjs": "export const handler = async (event) => 'x'.repeat(event.bytes ?? 0);" });

  const tooLarge = await hearth.lambda
    .send(new InvokeCommand({ FunctionName: "big", Payload: JSON.stringify("x".repeat(6_291_456)) }))
    .then(
      () => undefined,
      (it: unknown) => it,
    );
  assert.ok(tooLarge instanceof Error);
  assert.equal(tooLarge.name, "RequestTooLargeException");
  assert.equal(
    tooLarge.message,
    "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
  );
  const output = await invoke("big", { bytes: 6_291_600 });
  assert.deepEqual(output.json, {
    errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    errorType: "Function.ResponseSizeTooLarge",
  });
  assert.equal(((await invoke("big", { bytes: 6_000_000 })).json as unknown as string).length, 6_000_000);
});

test("the log stands in CloudWatch Logs under AWS's names", { skip }, async () => {
  await aFunction("logged", { "index.mjs": counter });
  await invoke("logged");
  const logs = new CloudWatchLogsClient({
    endpoint: hearth.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });

  // Logs travel behind the answer: a second invocation's batch comes after the first one's.
  let messages: string[] = [];
  for (let tries = 0; tries < 100 && !messages.some((it) => it.startsWith("REPORT")); tries++) {
    const found = await logs
      .send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/logged" }))
      .catch(() => ({ events: [] }));
    messages = (found.events ?? []).map((it) => it.message ?? "");
  }

  assert.ok(messages.some((it) => it.startsWith("INIT_START Runtime Version: nodejs:26")));
  assert.ok(messages.some((it) => it.endsWith("\tINFO\thello")));
  assert.ok(messages.some((it) => it.startsWith("REPORT RequestId:")));
  logs.destroy();
});

test("the aws CLI creates and invokes a function", { skip: skip || (await whyNoAws()) }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "hearth-cli-"));
  writeFileSync(join(directory, "f.zip"), aZip({ "index.mjs": counter }));
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-east-1",
  };
  const aws = (...args: string[]) =>
    promisify(execFile)("aws", ["--endpoint-url", hearth.endpoint, "lambda", ...args], { env });

  await aws(
    "create-function",
    "--function-name",
    "by-cli",
    "--runtime",
    "nodejs26.x",
    "--handler",
    "index.handler",
    "--role",
    "arn:aws:iam::000000000000:role/r",
    "--zip-file",
    `fileb://${directory}/f.zip`,
  );
  await aws("wait", "function-active-v2", "--function-name", "by-cli");
  await aws("invoke", "--function-name", "by-cli", join(directory, "out.json"));

  assert.equal((JSON.parse(readFileSync(join(directory, "out.json"), "utf8")) as { calls: number }).calls, 1);
  rmSync(directory, { recursive: true });
});

async function whyNoAws(): Promise<string | false> {
  return await promisify(execFile)("aws", ["--version"]).then(
    () => false,
    () => "the aws CLI is not installed",
  );
}
