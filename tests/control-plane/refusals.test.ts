// What Lambda's first operations refuse, over the wire, letter by letter.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { active } from "../a-hearth.ts";
import { aLambda, creation, refusal, type TestedLambda, ZipFile } from "./a-lambda.ts";

let api: TestedLambda;
let lambda: LambdaClient;
before(async () => {
  api = await aLambda();
  lambda = api.client;
  await lambda.send(creation("f"));
  await active(lambda, "f");
});
after(async () => {
  await api[Symbol.asyncDispose]();
});

test("all faults of a creation are told at once, in the model's order", async () => {
  const bad = creation("x y", {
    Role: "nobody",
    Handler: "a b",
    Timeout: 901,
    MemorySize: 64,
    PackageType: "Tar" as "Zip",
    Environment: { Variables: { "1": "secret" } },
    Architectures: ["mips" as "arm64"],
    EphemeralStorage: { Size: 1 },
  });

  const told = await refusal(lambda.send(bad));

  assert.ok(
    told.startsWith("400 ValidationException: 9 validation errors detected: Value 'x y' at 'functionName'"),
    told,
  );
  assert.deepEqual(
    [...told.matchAll(/ at '([^']+)'/gu)].map((it) => it[1]),
    [
      "functionName",
      "role",
      "handler",
      "timeout",
      "memorySize",
      "packageType",
      "environment.variables",
      "architectures",
      "ephemeralStorage.size",
    ],
  );
  assert.ok(!told.includes("secret"));
  assert.ok(
    told.includes(
      "Value 'nobody' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ),
  );
});

const parameter = "400 InvalidParameterValueException: ";
const unable = `${parameter}Lambda was unable to configure your environment variables because the environment variables you have provided`;

test("creations that can't be are refused in AWS's words", async () => {
  const cases: readonly (readonly [Partial<CreateFunctionCommandInput>, string | RegExp])[] = [
    [
      { Runtime: undefined },
      `${parameter}Runtime and Handler are mandatory parameters for functions created with deployment packages.`,
    ],
    [
      { Runtime: "foo" as "nodejs24.x" },
      /^400 InvalidParameterValueException: Value foo at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs26\.x, .*\] or be a valid ARN$/u,
    ],
    [
      { Runtime: "nodejs16.x" },
      `${parameter}The runtime parameter of nodejs16.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (nodejs24.x) while creating or updating functions.`,
    ],
    [{ Code: {} }, `${parameter}Please provide a source for function code.`],
    [{ Code: { ZipFile: new Uint8Array(0) } }, `${parameter}Uploaded file must be a non-empty zip`],
    [
      { Code: { ZipFile: Buffer.from("no zip") } },
      `${parameter}Could not unzip uploaded file. Please check your file, then try to upload again.`,
    ],
    [
      { Environment: { Variables: { AWS_REGION: "x" } } },
      `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION`,
    ],
    [
      { Environment: { Variables: { BIG: "x".repeat(4096) } } },
      `${unable} exceeded the 4KB limit. String measured: {"BIG":"${"x".repeat(4096)}"}`,
    ],
    [{ PublishTo: "LATEST_PUBLISHED" }, `${parameter}PublishTo is not supported by Hearth yet. See docs/coverage.md.`],
    [
      { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, it) => [`k${it}`, ""])) },
      `${parameter}Number of tags exceeds function tag limit.`,
    ],
  ];
  for (const [more, told] of cases) {
    const found = await refusal(lambda.send(creation("refused", more)));
    if (typeof told === "string") assert.equal(found, told);
    else assert.match(found, told);
  }
  await lambda.send(creation("once"));
  assert.equal(
    await refusal(lambda.send(creation("once"))),
    "409 ResourceConflictException: Function already exist: once",
  );
});

test("what is asked of nothing is not found, in every operation", async () => {
  const FunctionName = "nothing";
  const told =
    "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:nothing";

  for (const run of [
    () => lambda.send(new GetFunctionCommand({ FunctionName })),
    () => lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile })),
    () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName })),
    () => lambda.send(new PublishVersionCommand({ FunctionName })),
    () => lambda.send(new ListVersionsByFunctionCommand({ FunctionName })),
    () => lambda.send(new DeleteFunctionCommand({ FunctionName })),
    () => lambda.send(new InvokeCommand({ FunctionName })),
  ]) {
    assert.equal(await refusal(run()), told);
  }
  const invoke = new InvokeCommand({ FunctionName: "f", Qualifier: "9" });
  assert.equal(await refusal(lambda.send(invoke)), told.replace("nothing", "f:9"));
});

test("an invocation's members are checked before anything runs", async () => {
  const invoke = (more: object): Promise<unknown> => lambda.send(new InvokeCommand({ FunctionName: "f", ...more }));

  assert.match(
    await refusal(invoke({ FunctionName: "x y", InvocationType: "Later", LogType: "All" })),
    /^400 ValidationException: 3 validation errors detected: Value 'x y' at 'functionName' .*; Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: \[Event, RequestResponse, DryRun\]; Value 'All' at 'logType' /u,
  );
  assert.match(
    await refusal(invoke({ Payload: "{" })),
    /^400 InvalidRequestContentException: Could not parse request body into json: /u,
  );
  assert.equal(
    await refusal(invoke({ Payload: `"${"x".repeat(6_291_455)}"` })),
    "413 RequestTooLargeException: 6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
  );
  assert.match(await refusal(invoke({ ClientContext: "bm8ganNvbg==" })), /^400 InvalidRequestContentException: /u);
});

test("a dry run of an invocation answers 204 and reaches no worker", async () => {
  const { StatusCode, Payload } = await lambda.send(new InvokeCommand({ FunctionName: "f", InvocationType: "DryRun" }));

  assert.deepEqual([StatusCode, Payload?.length ?? 0], [204, 0]);
});

test("limits and markers of lists are checked", async () => {
  assert.equal(
    await refusal(lambda.send(new ListFunctionsCommand({ MaxItems: 0, FunctionVersion: "SOME" as "ALL" }))),
    "400 ValidationException: 2 validation errors detected: Value 'SOME' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]; Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
  );
  assert.equal(
    (await refusal(lambda.send(new ListFunctionsCommand({ Marker: "x" })))).slice(0, 34),
    "400 InvalidParameterValueException",
  );
});
