// Lambda's first operations over the wire: answers member by member.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  GetAccountSettingsCommand,
  GetFunctionCommand,
  type LambdaClient,
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
import { aLambda, creation, refusal, Role, type TestedLambda, ZipFile } from "./a-lambda.ts";

const expected = JSON.parse(readFileSync(new URL("./expected-answers.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, unknown>
>;
let api: TestedLambda;
let lambda: LambdaClient;
before(async () => {
  api = await aLambda();
  lambda = api.client;
});
after(async () => {
  await api[Symbol.asyncDispose]();
});

/** The answer as it is on the wire, with what differs from run to run in placeholders. */
async function onTheWire(method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const headers = localHeaders("lambda");
  const authorization = headers["authorization"]?.replace("000000000000", "111122223333") ?? "";
  const response = await fetch(`${api.endpoint}${path}`, {
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
