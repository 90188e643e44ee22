// Lambda's layer operations over the wire: statuses, members in their order, and the forms of refusals.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GetLayerVersionPolicyCommand, type LambdaClient, ListLayersCommand } from "@aws-sdk/client-lambda";
import { localHeaders } from "../../src/cli/command.ts";
import { aLambda, creation, refusal, type TestedLambda, ZipFile } from "./a-lambda.ts";

let api: TestedLambda;
let lambda: LambdaClient;
before(async () => {
  api = await aLambda();
  lambda = api.client;
});
after(async () => {
  await api[Symbol.asyncDispose]();
});

interface Reply {
  readonly status: number;
  readonly errorType: string | null;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

async function onTheWire(method: string, path: string, body?: object): Promise<Reply> {
  const headers = localHeaders("lambda");
  const authorization = headers["authorization"]?.replace("000000000000", "111122223333") ?? "";
  const response = await fetch(`${api.endpoint}/2018-10-31/layers${path}`, {
    method,
    headers: { ...headers, authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = (text === "" ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  return { status: response.status, errorType: response.headers.get("x-amzn-errortype"), text, json };
}

const ARN = "arn:aws:lambda:us-east-1:111122223333:layer:l";

test("a layer version is published with 201, read by name and by ARN, listed and deleted with 204 and no body", async () => {
  const published = await onTheWire("POST", "/l/versions", {
    Content: { ZipFile: Buffer.from(ZipFile).toString("base64") },
    CompatibleRuntimes: ["nodejs24.x"],
    LicenseInfo: "MIT",
  });

  assert.equal(published.status, 201);
  const { Content, CreatedDate, ...rest } = published.json;
  assert.deepEqual(rest, {
    LayerArn: ARN,
    LayerVersionArn: `${ARN}:1`,
    Description: "",
    Version: 1,
    CompatibleRuntimes: ["nodejs24.x"],
    LicenseInfo: "MIT",
  });
  assert.match(String(CreatedDate), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/u);
  assert.deepEqual(Object.keys(Content as object), ["Location", "CodeSha256", "CodeSize"]);
  for (const path of ["/l/versions/1", `/${encodeURIComponent(ARN)}/versions/1`, `?find=LayerVersion&Arn=${ARN}:1`]) {
    const { status, json } = await onTheWire("GET", path);
    assert.deepEqual([status, json["LayerVersionArn"]], [200, `${ARN}:1`], path);
  }
  assert.deepEqual(Object.keys((await onTheWire("GET", "")).json), ["Layers"]);
  assert.equal((await onTheWire("GET", "/l/versions?CompatibleRuntime=python3.13")).text, '{"LayerVersions":[]}');
  for (let times = 0; times < 2; times++) {
    const { status, text } = await onTheWire("DELETE", "/l/versions/1");
    assert.deepEqual([status, text], [204, ""]);
  }
  assert.deepEqual((await lambda.send(new ListLayersCommand({}))).Layers, []);
});

test("a policy is granted with 201, and taken away with 204 and no body", async () => {
  await onTheWire("POST", "/shared/versions", { Content: { ZipFile: Buffer.from(ZipFile).toString("base64") } });
  const grant = { StatementId: "s", Action: "lambda:GetLayerVersion", Principal: "*" };

  const added = await onTheWire("POST", "/shared/versions/1/policy", grant);
  const outdated = await onTheWire("DELETE", "/shared/versions/1/policy/s?RevisionId=old");
  const removed = await onTheWire("DELETE", "/shared/versions/1/policy/s");

  assert.deepEqual([added.status, Object.keys(added.json)], [201, ["Statement", "RevisionId"]]);
  assert.deepEqual([outdated.status, outdated.errorType], [412, "PreconditionFailedException"]);
  assert.deepEqual([removed.status, removed.text], [204, ""]);
  assert.equal(
    await refusal(lambda.send(new GetLayerVersionPolicyCommand({ LayerName: "shared", VersionNumber: 1 }))),
    "404 ResourceNotFoundException: No policy is associated with the given resource.",
  );
});

test("what is missing, is no number or is somebody else's is refused in AWS's form", async () => {
  const missing = await onTheWire("GET", "/none/versions/1");
  assert.deepEqual(
    [missing.status, missing.errorType, missing.text],
    [404, "ResourceNotFoundException", '{"Type":"User","Message":"The resource you requested does not exist."}'],
  );
  const noNumber = await onTheWire("GET", "/none/versions/one");
  assert.deepEqual([noNumber.status, noNumber.errorType], [400, "SerializationException"]);
  const theirs = await onTheWire("GET", `?find=LayerVersion&Arn=${ARN.replace("111122223333", "444455556666")}:1`);
  assert.deepEqual([theirs.status, theirs.errorType], [403, "AccessDeniedException"]);
  const inS3 = await onTheWire("POST", "/l/versions", { Content: { S3Bucket: "b", S3Key: "k" } });
  assert.deepEqual([inS3.status, inS3.errorType], [400, "InvalidParameterValueException"]);
});

test("a creation with a layer that is missing leaves no function", async () => {
  const name = "layerless";

  assert.equal(
    await refusal(lambda.send(creation(name, { Layers: [`${ARN}:99`] }))),
    `400 InvalidParameterValueException: Layer version ${ARN}:99 does not exist.`,
  );

  assert.equal((await lambda.send(creation(name))).FunctionName, name);
});
