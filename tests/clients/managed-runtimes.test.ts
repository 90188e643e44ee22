// Functions of every managed runtime that the machine can have, in real sandboxes: Node.js by version, and binaries with AWS's Go client.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { CreateFunctionCommand, InvokeCommand, type LoggingConfig, type Runtime } from "@aws-sdk/client-lambda";
import { messageOf } from "../../src/foundation/fault.ts";
import { nodeBinary } from "../../src/worker/rootfs/node-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, sharedRuntimes, whyNoSandboxes } from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
before(async () => {
  if (reason === undefined) hearth = await aHearth();
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function create(
  name: string,
  runtime: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  LoggingConfig?: LoggingConfig,
): Promise<void> {
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: runtime as Runtime,
      Handler: "index.handler",
      Timeout: 10,
      MemorySize: 512,
      Code: { ZipFile: aZip(files) },
      ...(LoggingConfig === undefined ? {} : { LoggingConfig }),
    }),
  );
  await active(hearth.lambda, name);
}

async function invoke(
  name: string,
  event: unknown,
): Promise<{ json: unknown; error: string | undefined; log: string }> {
  const output = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const json = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as unknown;
  return { json, error: output.FunctionError, log: Buffer.from(output.LogResult ?? "", "base64").toString() };
}

/** Why a version of Node can't be had here; false where it can. */
async function whyNoNode(major: string): Promise<string | false> {
  if (reason !== undefined) return reason;
  return await nodeBinary(major, join(sharedRuntimes, "cache")).then(
    () => false,
    (error: unknown) => messageOf(error),
  );
}

const GO = `package main

import (
	"context"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var calls int

type event struct{ Fail bool }

func handle(ctx context.Context, e event) (map[string]any, error) {
	calls++
	if e.Fail {
		return nil, errors.New("boom")
	}
	about, _ := lambdacontext.FromContext(ctx)
	_, hasDeadline := ctx.Deadline()
	return map[string]any{"calls": calls, "arn": about.InvokedFunctionArn, "deadline": hasDeadline, "user": os.Getuid()}, nil
}

func main() { lambda.Start(handle) }
`;

/** A static binary with AWS's own Go client, or why there is none. */
async function goBootstrap(): Promise<{ readonly binary: Uint8Array } | { readonly why: string }> {
  if (reason !== undefined) return { why: reason };
  const directory = mkdtempSync(join(tmpdir(), "hearth-go-"));
  const options = { cwd: directory, env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" }, timeout: 300_000 };
  const go = (...args: string[]) => promisify(execFile)("go", args, options);
  try {
    writeFileSync(join(directory, "main.go"), GO);
    await go("mod", "init", "bootstrap");
    await go("get", "github.com/aws/aws-lambda-go@v1.49.0");
    await go("build", "-tags", "lambda.norpc", "-o", "bootstrap", ".");
    return { binary: readFileSync(join(directory, "bootstrap")) };
  } catch (error) {
    return { why: `no binary with aws-lambda-go: ${messageOf(error).split("\n").at(-2) ?? messageOf(error)}` };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// All that may have to be fetched comes before the first test: tests that are declared after an await may be declared after
// those before it, and `after`, have run.
const versions: { readonly major: string; readonly whyNot: string | false }[] = [];
for (const major of ["20", "22", "24"]) versions.push({ major, whyNot: await whyNoNode(major) });
const built = await goBootstrap();

for (const { major, whyNot } of versions) {
  const legacy = major !== "24";

  test(`nodejs${major}.x runs on Node ${major}, with what AWS sets`, { skip: whyNot }, async () => {
    const body =
      "({ version: process.version, env: process.env.AWS_EXECUTION_ENV, path: process.env.NODE_PATH, event })";
    const code = legacy
      ? `exports.handler = (event, context, callback) => { console.log("called"); callback(null, ${body}); };`
      : `exports.handler = async (event) => { console.log("called"); return ${body}; };`;
    await create(`node${major}`, `nodejs${major}.x`, { "index.js": code });

    const { json, log } = await invoke(`node${major}`, { a: 1 });

    const { version, env, path, event } = json as Record<string, string>;
    assert.match(version ?? "", new RegExp(`^v${major}\\.`, "u"));
    assert.equal(env, `AWS_Lambda_nodejs${major}.x`);
    assert.ok(path?.startsWith(`/opt/nodejs/node${major}/node_modules:`));
    assert.deepEqual(event, { a: 1 });
    assert.match(log, /\tINFO\tcalled\n/u);
  });
}

test("a Node.js function's JSON log arrives as AWS's client frames it", { skip }, async () => {
  const code = "export const handler = async () => { console.log({ a: 1 }); console.debug('hidden'); };";
  await create("json", "nodejs26.x", { "index.mjs": code }, { LogFormat: "JSON", ApplicationLogLevel: "INFO" });

  const { log } = await invoke("json", {});

  assert.match(log, /^\{"timestamp":"[^"]+","level":"INFO","requestId":"[\w-]+","message":\{"a":1\}\}$/mu);
  assert.doesNotMatch(log, /hidden/u);
});

for (const runtime of ["provided.al2023", "provided.al2"]) {
  test(`a static Go binary with AWS's client runs on ${runtime}`, {
    skip: "why" in built ? built.why : false,
  }, async () => {
    const name = runtime.replace(".", "-");
    await create(name, runtime, { bootstrap: "binary" in built ? built.binary : "" });

    const first = await invoke(name, {});
    const failed = await invoke(name, { Fail: true });
    const second = await invoke(name, {});

    const arn = `arn:aws:lambda:us-east-1:111122223333:function:${name}`;
    assert.deepEqual(first.json, { calls: 1, arn, deadline: true, user: 993 });
    assert.deepEqual([failed.error, failed.json], ["Unhandled", { errorMessage: "boom", errorType: "errorString" }]);
    assert.deepEqual(second.json, { calls: 3, arn, deadline: true, user: 993 });
  });
}

test("a package without a bootstrap is told so", { skip }, async () => {
  await create("empty", "provided.al2", { "other.sh": "" });

  const { json } = await invoke("empty", {});

  assert.match(
    (json as { errorMessage: string }).errorMessage,
    /Couldn't find valid bootstrap\(s\): \[\/var\/task\/bootstrap \/opt\/bootstrap\]$/u,
  );
});
