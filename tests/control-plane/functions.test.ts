// Lambda's first operations over the wire: answers member by member, refusals letter by letter.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { localHeaders } from "../../src/cli/command.ts";
import { active, aZip, updated } from "../a-hearth.ts";
import { aServicesProcess, type RunningServices } from "../services.ts";

const expected = JSON.parse(readFileSync(new URL("./expected-answers.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, unknown>
>;
const Role = "arn:aws:iam::111122223333:role/lambda-role";
const ZipFile = aZip({ "index.mjs": "export const handler = () => 1;" });

let services: RunningServices;
let worker: Disposable;
let lambda: LambdaClient;
before(async () => {
  services = await aServicesProcess();
  worker = await services.joinWorker();
  lambda = new LambdaClient({
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
  });
});
after(async () => {
  lambda.destroy();
  worker[Symbol.dispose]();
  await services[Symbol.asyncDispose]();
});

const creation = (FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}): CreateFunctionCommand =>
  new CreateFunctionCommand({
    FunctionName,
    Role,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile },
    ...more,
  });

async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof LambdaServiceException, "it is refused");
  return `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`;
}

/** The answer as it is on the wire, with what differs from run to run in placeholders. */
async function onTheWire(method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const headers = localHeaders("lambda");
  const authorization = headers["authorization"]?.replace("000000000000", "111122223333") ?? "";
  const response = await fetch(`${services.endpoint}${path}`, {
    method,
    headers: { ...headers, authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : (JSON.parse(text, placeholder) as unknown) };
}

function placeholder(name: string, value: unknown): unknown {
  const forms: Readonly<Record<string, readonly [RegExp, string]>> = {
    CodeSize: [/^\d+$/u, "<number>"],
    FunctionCount: [/^\d+$/u, "<number>"],
    LastModified: [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/u, "<iso>"],
    CodeSha256: [/^[A-Za-z0-9+/]{43}=$/u, "<sha256>"],
    RevisionId: [/^[0-9a-f-]{36}$/u, "<uuid>"],
    RuntimeVersionArn: [/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/u, "<runtimeArn>"],
  };
  const [pattern, shown] = forms[name] ?? [];
  return pattern?.test(String(value as string | number)) === true ? shown : value;
}

test("CreateFunction, GetFunctionConfiguration and GetFunction answer with AWS's members, in AWS's order", async () => {
  const body = {
    FunctionName: "f",
    Role,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile: Buffer.from(ZipFile).toString("base64") },
    Tags: { team: "a" },
  };

  const created = await onTheWire("POST", "/2015-03-31/functions", body);
  assert.equal(created.status, 201);
  assert.equal(JSON.stringify(created.json), JSON.stringify(expected["created"]));
  await active(lambda, "f");
  const { StateReason: _, StateReasonCode: __, ...rest } = expected["created"] ?? {};
  const read = await onTheWire("GET", "/2015-03-31/functions/f/configuration");
  const settled = { ...rest, State: "Active", LastUpdateStatus: "Successful" };
  assert.deepEqual(read, { status: 200, json: settled });
  const { json } = (await onTheWire("GET", "/2015-03-31/functions/f")) as {
    json: { Configuration: unknown; Code: { RepositoryType: string; Location: string }; Tags: unknown };
  };
  assert.deepEqual(Object.keys(json), ["Configuration", "Code", "Tags"]);
  assert.deepEqual([json.Configuration, json.Code.RepositoryType, json.Tags], [settled, "S3", { team: "a" }]);
  const qualified = await lambda.send(new GetFunctionCommand({ FunctionName: "f", Qualifier: "$LATEST" }));
  assert.equal(qualified.Configuration?.FunctionArn, "arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST");
});

test("GetAccountSettings has AWS's limits and counts what is there", async () => {
  const before = await lambda.send(new GetAccountSettingsCommand({}));
  await lambda.send(creation("counted"));
  const after = await lambda.send(new GetAccountSettingsCommand({}));

  assert.equal((after.AccountUsage?.FunctionCount ?? 0) - (before.AccountUsage?.FunctionCount ?? 0), 1);
  assert.equal((after.AccountUsage?.TotalCodeSize ?? 0) - (before.AccountUsage?.TotalCodeSize ?? 0), ZipFile.length);
  const { json } = (await onTheWire("GET", "/2016-08-19/account-settings")) as {
    json: { AccountLimit: unknown; AccountUsage: object };
  };
  assert.deepEqual(json.AccountLimit, expected["accountSettings"]?.["AccountLimit"]);
  assert.deepEqual(Object.keys(json.AccountUsage), ["TotalCodeSize", "FunctionCount"]);
});

test("an update answers InProgress, and its version is told from $LATEST", async () => {
  await lambda.send(creation("updating"));
  await active(lambda, "updating");

  const code = await lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName: "updating", ZipFile: aZip({ "index.mjs": "2" }), Publish: true }),
  );
  assert.deepEqual([code.Version, code.FunctionArn?.endsWith(":updating:1")], ["1", true]);
  await updated(lambda, "updating");
  const settings = await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: "updating",
      Environment: { Variables: { AB: "1" } },
      LoggingConfig: { LogFormat: "JSON" },
    }),
  );

  assert.equal(settings.LastUpdateStatusReason, "The function is being created.");
  assert.deepEqual([settings.LastUpdateStatus, settings.LastUpdateStatusReasonCode], ["InProgress", "Creating"]);
  assert.deepEqual(settings.LoggingConfig, {
    LogFormat: "JSON",
    ApplicationLogLevel: "INFO",
    SystemLogLevel: "INFO",
    LogGroup: "/aws/lambda/updating",
  });
});

test("functions and versions are listed in pages, without their states", async () => {
  for (const name of ["page-a", "page-b", "page-c"]) await lambda.send(creation(name));
  await active(lambda, "page-b");
  await lambda.send(new PublishVersionCommand({ FunctionName: "page-b" }));

  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(
      new ListFunctionsCommand({ MaxItems: 2, ...(Marker === undefined ? {} : { Marker }) }),
    );
    assert.ok((page.Functions?.length ?? 0) <= 2);
    for (const it of page.Functions ?? []) assert.deepEqual([it.State, it.LastUpdateStatus], [undefined, undefined]);
    names.push(...(page.Functions ?? []).map((it) => it.FunctionName));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(
    names.filter((it) => it?.startsWith("page-")),
    ["page-a", "page-b", "page-c"],
  );
  const all = await lambda.send(new ListFunctionsCommand({ FunctionVersion: "ALL", MasterRegion: "us-east-1" }));
  const ofB = all.Functions?.filter((it) => it.FunctionName === "page-b").map((it) =>
    it.FunctionArn?.split(":").at(-1),
  );
  assert.deepEqual(ofB, ["$LATEST", "1"]);
  const elsewhere = await lambda.send(new ListFunctionsCommand({ FunctionVersion: "ALL", MasterRegion: "eu-west-1" }));
  assert.deepEqual(elsewhere.Functions, []);
  const versions = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: "page-b", MaxItems: 1 }));
  assert.deepEqual(
    [versions.Versions?.map((it) => it.Version), versions.NextMarker === undefined],
    [["$LATEST"], false],
  );
});

test("tags stand on the function's ARN and nothing else", async () => {
  const { FunctionArn: Resource = "" } = await lambda.send(creation("tagged", { Tags: { a: "1" } }));

  await lambda.send(new TagResourceCommand({ Resource, Tags: { b: "2", c: "3" } }));
  await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["c", "none"] }));
  assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, { a: "1", b: "2" });
  assert.equal(
    await refusal(lambda.send(new ListTagsCommand({ Resource: `${Resource}:1` }))),
    "400 InvalidParameterValueException: Tagging operations are permitted on Lambda functions only. Tags on aliases and versions are not supported. Please specify either a function name or a function ARN.",
  );
  assert.match(
    await refusal(lambda.send(new ListTagsCommand({ Resource: "tagged" }))),
    /^400 ValidationException: 1 validation error detected: Value 'tagged' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:/u,
  );
  assert.equal(
    await refusal(
      lambda.send(new TagResourceCommand({ Resource: Resource.replace("tagged", "nope"), Tags: { a: "1" } })),
    ),
    "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:nope",
  );
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
