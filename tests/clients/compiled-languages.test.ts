// The examples in languages that are compiled, with AWS's own clients: Java on each of its runtimes that the machine can have, Go
// and Rust on provided.al2023.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { findJava } from "../../src/worker/rootfs/java-runtime.ts";
import { active, aHearth, aZip, role, type RunningHearth, updated, whyNoSandboxes } from "../a-hearth.ts";
import { builtExample } from "../built-example.ts";
import { interpreters } from "../interpreters.ts";

const reason = await whyNoSandboxes();
const java = await builtExample({
  name: "hello-java",
  command: ["mvn", "-q", "-B", "package"],
  output: "target/hello.jar",
});
const go = await builtExample({
  name: "hello-go",
  command: ["go", "build", "-tags", "lambda.norpc", "-o", "bootstrap", "."],
  environment: { CGO_ENABLED: "0", GOFLAGS: "-mod=mod" },
  output: "bootstrap",
});
const rust = await builtExample({ name: "hello-rust", command: ["cargo", "build"], output: "target/debug/bootstrap" });
/** Why a version can't be tried; false where it can. */
const versions: { readonly version: string; readonly lacking: string | false }[] = [];
for (const version of ["17", "21", "25"]) {
  const isHere = (await findJava(version, interpreters)) !== undefined;
  const none = `this machine has no Java ${version}, nor has tools/setup.sh --test brought one`;
  versions.push({ version, lacking: isHere ? java.why : none });
}

/** In sandboxes, where they can run. */
let hearth: RunningHearth;
let plain: RunningHearth;
before(async () => {
  const env = { HEARTH_INTERPRETERS: interpreters.join(":") };
  const withoutSandboxes = { env: { ...env, HEARTH_DRIVER: "process" } };
  const first = reason === undefined ? { env } : withoutSandboxes;
  [hearth, plain] = await Promise.all([aHearth(first), aHearth(withoutSandboxes)]);
});
after(async () => {
  await Promise.all([hearth[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()]);
});

interface Wanted {
  readonly name: string;
  readonly runtime: string;
  readonly handler: string;
  readonly zip: Uint8Array;
  readonly variables?: Record<string, string>;
}

async function create({ name, runtime, handler, zip, variables = {} }: Wanted, on = hearth): Promise<void> {
  await on.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: runtime as Runtime,
      Handler: handler,
      Timeout: 20,
      MemorySize: 512,
      Environment: { Variables: variables },
      Code: { ZipFile: zip },
    }),
  );
  await active(on.lambda, name);
}

async function invoke(
  name: string,
  event: unknown,
  on = hearth,
): Promise<{ json: unknown; error: string; log: string }> {
  const output = await on.lambda.send(
    new InvokeCommand({ FunctionName: name, LogType: "Tail", Payload: JSON.stringify(event) }),
  );
  const json = JSON.parse(Buffer.from(output.Payload ?? []).toString()) as unknown;
  const log = Buffer.from(output.LogResult ?? "", "base64").toString();
  return { json, error: output.FunctionError ?? "", log };
}

const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:${name}`;

for (const { version, lacking } of versions) {
  const runtime = `java${version}`;

  test(`${runtime} runs the example in Java by AWS's client`, { skip: reason ?? lacking }, async () => {
    await create({ name: runtime, runtime, handler: "example.Hello", zip: "file" in java ? java.file : aZip({}) });

    const first = await invoke(runtime, { name: "Ada" });
    const failed = await invoke(runtime, {});
    const second = await invoke(runtime, { name: "Bo" });

    assert.deepEqual(first.json, { greeting: "Hello, Ada", calls: 1, arn: arnOf(runtime) }, first.log);
    assert.match(first.log, /^greeting Ada$/mu);
    assert.doesNotMatch(first.log, /\[(?:warning|error)\]|WARNING/u);
    const { errorMessage, errorType, stackTrace } = failed.json as Record<string, unknown>;
    assert.deepEqual(
      [failed.error, errorMessage, errorType],
      ["Unhandled", "name whom to greet", "java.lang.IllegalArgumentException"],
    );
    assert.match((stackTrace as string[])[0] ?? "", /^example\.Hello\.handleRequest\(Hello\.java:\d+\)$/u);
    assert.deepEqual(second.json, { greeting: "Hello, Bo", calls: 2, arn: arnOf(runtime) });
  });
}

const anyJava = versions.find(({ lacking }) => lacking === false)?.version;
const noJava = anyJava === undefined && "this machine has no Java that AWS has too, or can't build for it";
const skipJava = reason ?? noJava;

test("a Java function starts with what JAVA_TOOL_OPTIONS says", { skip: skipJava }, async () => {
  const variables = { JAVA_TOOL_OPTIONS: "-Dgreeting=hello" };
  // A method of Java's own will do as a handler.
  const handler = "java.lang.System::getProperty";
  const zip = "file" in java ? java.file : aZip({});
  await create({ name: "options", runtime: `java${anyJava}`, handler, zip, variables });

  const { json } = await invoke("options", "greeting");

  assert.equal(json, "hello");
});

test("a version with SnapStart in Java is initialised ahead, and restored by AWS's client, its hooks run", {
  skip: skipJava,
}, async () => {
  const zip = "file" in java ? java.file : aZip({});
  const FunctionName = "snapped";
  await create({ name: FunctionName, runtime: `java${anyJava}`, handler: "example.Snapped", zip });
  await hearth.lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, SnapStart: { ApplyOn: "PublishedVersions" } }),
  );
  await updated(hearth.lambda, FunctionName);
  await hearth.lambda.send(new PublishVersionCommand({ FunctionName }));
  const waiter = { client: hearth.lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  await waitUntilPublishedVersionActive(waiter, { FunctionName, Qualifier: "1" });

  const { json, log } = await invoke(`${FunctionName}:1`, { name: "Ada" });

  assert.deepEqual(json, ["initialised", "before the checkpoint", "after the restore"], log);
  assert.match(log, /\tRestore Duration: [\d.]+ ms/u);
  assert.doesNotMatch(log, /Init Duration/u);
});

test("a Java handler that is not there is told as AWS's client tells it", { skip: skipJava }, async () => {
  const zip = "file" in java ? java.file : aZip({});
  await create({ name: "nowhere", runtime: `java${anyJava}`, handler: "example.Nowhere", zip });

  const { json, error } = await invoke("nowhere", {});

  assert.equal(error, "Unhandled");
  assert.deepEqual(json, {
    errorMessage: "Class not found: example.Nowhere",
    errorType: "java.lang.ClassNotFoundException",
  });
});

for (const { where, without, on } of [
  { where: "sandboxes", without: reason, on: () => hearth },
  { where: "plain processes", without: undefined, on: () => plain },
]) {
  for (const { version, lacking } of versions) {
    const runtime = `java${version}`;
    const skip = without ?? lacking;

    test(`in ${where} ${runtime} takes AWS's classes out of the archive`, { skip }, async () => {
      const variables = { JAVA_TOOL_OPTIONS: "-Xlog:class+load=info" };
      const zip = "file" in java ? java.file : aZip({});
      const name = `archived${version}`;
      await create({ name, runtime, handler: "example.Hello", zip, variables }, on());

      const { json, log } = await invoke(name, { name: "Ada" }, on());

      assert.deepEqual(json, { greeting: "Hello, Ada", calls: 1, arn: arnOf(name) }, log);
      // The tail is of the first call, for which AWS's client needs some more.
      assert.match(log, /com\.amazonaws\.\S+ source: shared objects file \(top\)/u);
    });
  }
}

for (const [language, built, errorType] of [
  ["go", go, "errorString"],
  ["rust", rust, "&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>"],
] as const) {
  test(`provided.al2023 runs the example in ${language} with AWS's client`, { skip: reason ?? built.why }, async () => {
    const zip = aZip({ bootstrap: "file" in built ? built.file : "" });
    await create({ name: language, runtime: "provided.al2023", handler: "bootstrap", zip });

    const first = await invoke(language, { name: "Ada" });
    const failed = await invoke(language, {});
    const second = await invoke(language, { name: "Bo" });

    assert.deepEqual(first.json, { greeting: "Hello, Ada", calls: 1, arn: arnOf(language) }, first.log);
    assert.match(first.log, /greeting Ada$/mu);
    assert.equal(failed.error, "Unhandled");
    assert.deepEqual(failed.json, { errorMessage: "name whom to greet", errorType });
    assert.deepEqual(second.json, { greeting: "Hello, Bo", calls: 2, arn: arnOf(language) });
  });
}
