// Packages of some size are compiled when they are published, and no line of them runs until they are invoked.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, type Runtime } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const skip = (await whyNoSandboxes()) ?? false;
let hearth: RunningHearth;
let logs: CloudWatchLogsClient;
before(async () => {
  if (skip !== false) return;
  hearth = await aHearth();
  const credentials = { accessKeyId: "111122223333", secretAccessKey: "any" };
  logs = new CloudWatchLogsClient({ endpoint: hearth.endpoint, region: "us-east-1", credentials });
});
after(async () => {
  if (skip !== false) return;
  logs.destroy();
  await hearth[Symbol.asyncDispose]();
});

async function create(
  FunctionName: string,
  options: { Runtime: Runtime; Handler: string; files: Record<string, string>; variables?: Record<string, string> },
): Promise<void> {
  const { files, variables = {}, ...rest } = options;
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      MemorySize: 1024,
      Timeout: 30,
      ...rest,
      Environment: { Variables: variables },
      Code: { ZipFile: aZip(files) },
    }),
  );
  await active(hearth.lambda, FunctionName);
}

async function invoke(FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await hearth.lambda.send(new InvokeCommand({ FunctionName, LogType: "Tail" }));
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text) as unknown;
}

async function linesOf(functionName: string): Promise<readonly string[]> {
  const logGroupName = `/aws/lambda/${functionName}`;
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  if (logGroups.length === 0) return [];
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map((it) => it.message ?? "");
}

const javaScript = Array.from(
  { length: 1_500 },
  (_, i) =>
    `(function f${i}(a, b) { const x = a + b * ${i}; return x > ${i} ? { x, all: [1, 2].map((y) => y + x) } : a; });`,
).join("\n");
const python = Array.from(
  { length: 1_500 },
  (_, i) => `def f${i}(a, b):\n    return [a + b * ${i} for _ in (a, b)]\n`,
).join("\n");
const pythonVersion = execFileSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
  .toString()
  .trim();

test("Node takes what was compiled, of ES modules and CommonJS alike, and says so itself", { skip }, async () => {
  await create("es-and-cjs", {
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    variables: { NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
    files: {
      "lib.cjs": `${javaScript}\nconsole.log("ran lib"); exports.value = 42;`,
      "index.mjs": `import lib from "./lib.cjs";\n${javaScript}\nconsole.log("ran index"); export const handler = async () => lib.value;`,
    },
  });
  assert.deepEqual(await linesOf("es-and-cjs"), [], "something ran before the first invocation");

  assert.equal(await invoke("es-and-cjs"), 42);

  const said = await untilLines("es-and-cjs", /REPORT/u);
  assert.match(said, /code cache for ESM file:\/\/\/var\/task\/index\.mjs was accepted/u);
  assert.match(said, /code cache for CommonJS \/var\/task\/lib\.cjs was accepted/u);
});

/** The function's log once it has a line like this; lines are stored behind the answer. */
async function untilLines(functionName: string, pattern: RegExp): Promise<string> {
  const until = Date.now() + 20_000;
  for (;;) {
    const said = (await linesOf(functionName)).join("");
    if (pattern.test(said)) return said;
    assert.ok(Date.now() < until, said);
  }
}

test("Node 22, whose compiled code is tied to its heap limit, takes it too", { skip }, async () => {
  await create("older", {
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    files: {
      "lib.js": `${javaScript}\nexports.value = 42;`,
      "index.js": `const { value } = require("./lib.js"); exports.handler = async () => [value, require("module").getCompileCacheDir()?.startsWith("/var/rapid/compiled/js/")];`,
    },
  });

  assert.deepEqual(await invoke("older"), [42, true]);
});

test("Python compiles neither its package nor the SDK, and the package stays as it was uploaded", {
  skip,
}, async () => {
  await create("snake", {
    Runtime: `python${pythonVersion}` as Runtime,
    Handler: "app.handler",
    files: {
      "lib.py": `${python}\nprint("ran lib")\nvalue = 42\n`,
      "app.py": `import os, sys
compiled = []
sys.addaudithook(lambda event, args: compiled.append(str(args[1])) if event == "compile" else None)
import lib
try:
    import boto3.session
except ImportError:
    pass
def handler(event, context):
    return [lib.value, [it for it in compiled if it.endswith(".py")], sys.pycache_prefix, sorted(os.listdir("/var/task"))]
`,
    },
  });
  assert.deepEqual(await linesOf("snake"), [], "something ran before the first invocation");

  assert.deepEqual(await invoke("snake"), [42, [], null, ["app.py", "lib.py"]]);
});

test("what was compiled can't be changed by the function that runs it", { skip }, async () => {
  await create("writer", {
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    files: {
      "index.mjs": `import { readdirSync, writeFileSync } from "node:fs";\n${javaScript}
        const attempt = (act) => { try { act(); return "done"; } catch (error) { return error.code; } };
        export const handler = async () => [readdirSync("/var/rapid/compiled"), attempt(() => writeFileSync("/var/rapid/compiled/js/x", "y")), attempt(() => writeFileSync("/var/rapid/x", "y"))];`,
    },
  });

  assert.deepEqual(await invoke("writer"), [["js"], "EROFS", "EROFS"]);
});
