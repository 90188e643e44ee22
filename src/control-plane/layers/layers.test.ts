// Layers: numbers that are never given twice, whom they are shared with, what lists show, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AddLayerVersionPermissionResponse,
  GetAccountSettingsResponse,
  GetLayerVersionPolicyResponse,
  ListLayersResponse,
  ListLayerVersionsResponse,
  PublishLayerVersionResponse,
} from "@aws-sdk/client-lambda";
import type { Members } from "../../model/operation.ts";
import { refusal } from "../../model/operation.fixtures.ts";
import { aControlPlane, type TestedControlPlane } from "../control-plane.fixtures.ts";
import { aZip } from "../functions/code-package.fixtures.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:layer:l";
const OTHER = "444455556666";
const parameter = "400 InvalidParameterValueException: ";
const validation = "400 ValidationException: 1 validation error detected: ";
const notFound = "404 ResourceNotFoundException: ";

async function publish(plane: TestedControlPlane, more: object = {}): Promise<PublishLayerVersionResponse> {
  const ZipFile = aZip({ "nodejs/node_modules/a/index.js": "1" });
  return await plane.call("PublishLayerVersion", { LayerName: "l", Content: { ZipFile }, ...more });
}

const version = (VersionNumber: number, more: Members = {}): Members => ({
  LayerName: "l",
  VersionNumber,
  ...more,
});

test("a version shows what it was published with, by every operation, by name and ARN, and after a restart", async () => {
  await using plane = await aControlPlane();
  const published = await publish(plane, {
    Description: "d",
    CompatibleRuntimes: ["nodejs24.x", "nodejs8.10"],
    CompatibleArchitectures: ["arm64", "x86_64"],
    LicenseInfo: "MIT",
  });

  const { Content, ...rest } = published;
  assert.deepEqual(rest, {
    LayerArn: ARN,
    LayerVersionArn: `${ARN}:1`,
    Version: 1,
    Description: "d",
    CreatedDate: "2026-01-01T00:00:00.000+0000",
    CompatibleRuntimes: ["nodejs24.x", "nodejs8.10"],
    CompatibleArchitectures: ["arm64", "x86_64"],
    LicenseInfo: "MIT",
  });
  assert.deepEqual(Object.keys(Content ?? {}), ["Location", "CodeSha256", "CodeSize"]);
  assert.equal(Content?.Location, `http://localhost/code/${Content?.CodeSha256 ?? ""}`);
  await using again = await plane.restart();
  assert.deepEqual(await again.call("GetLayerVersion", version(1)), published);
  assert.deepEqual(await again.call("GetLayerVersion", version(1, { LayerName: ARN })), published);
  assert.deepEqual(await again.call("GetLayerVersionByArn", { Arn: `${ARN}:1` }), published);
  const { LayerArn: _, ...listed } = rest;
  assert.deepEqual(await again.call("ListLayerVersions", { LayerName: "l" }), { LayerVersions: [listed] });
  assert.deepEqual(await again.call("ListLayers", {}), {
    Layers: [{ LayerName: "l", LayerArn: ARN, LatestMatchingVersion: listed }],
  });
});

test("members that were not given are not shown, but for an empty description", async () => {
  await using plane = await aControlPlane();

  const { Content: _, ...rest } = await publish(plane, { CompatibleRuntimes: [] });

  assert.deepEqual(Object.keys(rest), ["LayerArn", "LayerVersionArn", "Version", "Description", "CreatedDate"]);
  assert.equal(rest.Description, "");
});

test("numbers go up and are never given twice, also when all versions are gone and after a restart", async () => {
  await using plane = await aControlPlane();
  const numbers = [(await publish(plane)).Version, (await publish(plane)).Version];
  for (const number of [1, 2, 2, 7]) assert.deepEqual(await plane.call("DeleteLayerVersion", version(number)), {});
  assert.deepEqual(await plane.call("ListLayers", {}), { Layers: [] });

  await using again = await plane.restart();
  numbers.push((await publish(again)).Version, (await publish(again, { LayerName: "other" })).Version);

  assert.deepEqual(numbers, [1, 2, 3, 1]);
  assert.equal(
    await refusal(again.call("GetLayerVersion", version(2))),
    `${notFound}The resource you requested does not exist.`,
  );
});

test("lists are narrowed to what says that it is compatible, and show the latest that matches", async () => {
  await using plane = await aControlPlane();
  await publish(plane, { CompatibleRuntimes: ["python3.13"], CompatibleArchitectures: ["x86_64"] });
  await publish(plane, { CompatibleRuntimes: ["nodejs24.x"] });
  await publish(plane, { LayerName: "a" });
  const layers = async (filter: Members): Promise<unknown> => {
    const { Layers = [] }: ListLayersResponse = await plane.call("ListLayers", filter);
    return Layers.map((it) => [it.LayerName, it.LatestMatchingVersion?.Version]);
  };
  const versions = async (filter: object): Promise<unknown> => {
    const answer: ListLayerVersionsResponse = await plane.call("ListLayerVersions", { LayerName: "l", ...filter });
    return answer.LayerVersions?.map((it) => it.Version);
  };

  assert.deepEqual(await layers({}), [
    ["a", 1],
    ["l", 2],
  ]);
  assert.deepEqual(await layers({ CompatibleRuntime: "python3.13" }), [["l", 1]]);
  assert.deepEqual(await layers({ CompatibleRuntime: "nodejs24.x", CompatibleArchitecture: "x86_64" }), []);
  assert.deepEqual(await versions({}), [2, 1]);
  assert.deepEqual(await versions({ CompatibleArchitecture: "x86_64" }), [1]);
  assert.deepEqual(await plane.call("ListLayerVersions", { LayerName: "none" }), { LayerVersions: [] });
});

test("lists come in pages of at most 50", async () => {
  await using plane = await aControlPlane();
  for (let count = 0; count < 52; count++) await publish(plane);

  const first: ListLayerVersionsResponse = await plane.call("ListLayerVersions", { LayerName: "l" });
  const rest = await plane.call("ListLayerVersions", { LayerName: "l", Marker: first.NextMarker });

  assert.equal(first.LayerVersions?.length, 50);
  assert.deepEqual(
    (rest as ListLayerVersionsResponse).LayerVersions?.map((it) => it.Version),
    [2, 1],
  );
  assert.equal(
    await refusal(plane.call("ListLayers", { MaxItems: 51 })),
    `${validation}Value '51' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 50`,
  );
});

test("what can't be published is refused in AWS's words", async () => {
  await using plane = await aControlPlane();
  const refused = async (more: object): Promise<string> => await refusal(publish(plane, more));

  assert.match(await refused({ LayerName: "a b" }), /^400 ValidationException: .*Value 'a b' at 'layerName'/u);
  assert.equal(
    await refused({ Content: undefined }),
    `${validation}Value null at 'content' failed to satisfy constraint: Member must not be null`,
  );
  assert.match(
    await refused({ CompatibleRuntimes: ["cobol"] }),
    /Value '\[cobol\]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[nodejs26\.x, /u,
  );
  assert.match(
    await refused({ CompatibleArchitectures: ["x86_64", "arm64", "x86_64"] }),
    /at 'compatibleArchitectures' failed to satisfy constraint: Member must have length less than or equal to 2$/u,
  );
  assert.match(
    await refused({ Content: { S3ObjectStorageMode: "LINK" } }),
    /at 'content.s3ObjectStorageMode' failed to satisfy constraint: Member must satisfy enum value set: \[COPY, REFERENCE\]$/u,
  );
  assert.equal(
    await refused({ Content: { S3Bucket: "b", S3Key: "k" } }),
    `${parameter}Content.S3Bucket is not supported by Hearth yet. See docs/coverage.md.`,
  );
  assert.equal(
    await refused({ Content: { ZipFile: Buffer.from("no zip") } }),
    `${parameter}Could not unzip uploaded file. Please check your file, then try to upload again.`,
  );
  assert.equal(
    await refused({ LayerName: `arn:aws:lambda:us-east-1:${OTHER}:layer:l` }),
    `403 AccessDeniedException: User: arn:aws:iam::111122223333:user/u is not authorized to perform: lambda:PublishLayerVersion on resource: arn:aws:lambda:us-east-1:${OTHER}:layer:l because no resource-based policy allows the lambda:PublishLayerVersion action`,
  );
  assert.deepEqual(await plane.call("ListLayers", {}), { Layers: [] });
});

test("a number below 1 and an ARN without one are refused", async () => {
  await using plane = await aControlPlane();

  for (const operation of ["GetLayerVersion", "DeleteLayerVersion", "GetLayerVersionPolicy"]) {
    assert.equal(await refusal(plane.call(operation, version(0))), `${parameter}Layer Version Cannot be less than 1`);
  }
  assert.ok(
    (await refusal(plane.call("GetLayerVersionByArn", { Arn: ARN }))).startsWith(
      `${validation}Value '${ARN}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:`,
    ),
  );
});

const grant = (Principal: string, more: Members = {}): Members =>
  version(1, { StatementId: "s", Action: "lambda:GetLayerVersion", Principal, ...more });

test("a policy has its statements, a new revision with each change, and is gone with its last statement", async () => {
  await using plane = await aControlPlane();
  await publish(plane);
  const statement = (sid: string, principal: unknown, more: object = {}): object => ({
    Sid: sid,
    Effect: "Allow",
    Principal: principal,
    Action: "lambda:GetLayerVersion",
    Resource: `${ARN}:1`,
    ...more,
  });
  const none = `${notFound}No policy is associated with the given resource.`;
  assert.equal(await refusal(plane.call("GetLayerVersionPolicy", version(1))), none);
  assert.equal(await refusal(plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "s" }))), none);

  const first: AddLayerVersionPermissionResponse = await plane.call("AddLayerVersionPermission", grant(OTHER));
  const forAll = { Principal: "*", StatementId: "all", OrganizationId: "o-0123456789", RevisionId: first.RevisionId };
  const second: AddLayerVersionPermissionResponse = await plane.call("AddLayerVersionPermission", {
    ...grant("*"),
    ...forAll,
  });

  const root = { AWS: `arn:aws:iam::${OTHER}:root` };
  assert.equal(first.Statement, JSON.stringify(statement("s", root)));
  const condition = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-0123456789" } } };
  const read: GetLayerVersionPolicyResponse = await plane.call("GetLayerVersionPolicy", version(1));
  assert.equal(
    read.Policy,
    JSON.stringify({
      Version: "2012-10-17",
      Id: "default",
      Statement: [statement("s", root), statement("all", "*", condition)],
    }),
  );
  assert.equal(read.RevisionId, second.RevisionId);
  assert.notEqual(first.RevisionId, second.RevisionId);
  await plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "s", RevisionId: read.RevisionId }));
  await plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "all" }));
  assert.equal(await refusal(plane.call("GetLayerVersionPolicy", version(1))), none);
});

test("grants that can't be are refused in AWS's words", async () => {
  await using plane = await aControlPlane();
  await publish(plane);
  await plane.call("AddLayerVersionPermission", grant(OTHER));
  const refused = async (input: Members): Promise<string> =>
    await refusal(plane.call("AddLayerVersionPermission", input));
  const outdated =
    "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id";

  assert.equal(
    await refused(grant(OTHER)),
    "409 ResourceConflictException: The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
  );
  assert.equal(await refused(grant(OTHER, { StatementId: "t", RevisionId: "old" })), outdated);
  assert.equal(
    await refusal(plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "s", RevisionId: "old" }))),
    outdated,
  );
  assert.equal(
    await refusal(plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "t" }))),
    `${notFound}Statement t is not found in resource policy.`,
  );
  assert.equal(
    await refused(grant(OTHER, { StatementId: "t", Action: "lambda:ListLayers" })),
    `${validation}Value 'lambda:ListLayers' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion`,
  );
  assert.match(await refused(grant("somebody", { StatementId: "t" })), /Value 'somebody' at 'principal'/u);
  assert.equal(
    await refused({ ...grant(OTHER), VersionNumber: 9 }),
    `${notFound}Layer version ${ARN}:9 does not exist.`,
  );
});

test("a policy is 20 KB at most", async () => {
  await using plane = await aControlPlane();
  await publish(plane);
  let told = "";

  for (let count = 0; told === "" && count < 200; count++) {
    const input = grant(OTHER, { StatementId: `${count}`.padStart(100, "s") });
    told = await refusal(plane.call("AddLayerVersionPermission", input)).catch(() => "");
  }

  assert.match(
    told,
    /^400 PolicyLengthExceededException: The final policy size \(20\d{3}\) is bigger than the limit \(20480\)\.$/u,
  );
});

test("another account reads a version that is shared with it, by account or with all, and nothing else", async () => {
  await using plane = await aControlPlane();
  await publish(plane);
  const read = (): Promise<object> => plane.call("GetLayerVersionByArn", { Arn: `${ARN}:1` }, OTHER);
  const denied = (action: string, resource: string): string =>
    `403 AccessDeniedException: User: arn:aws:iam::${OTHER}:user/u is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`;
  const unread = denied("lambda:GetLayerVersion", `${ARN}:1`);

  assert.equal(await refusal(read()), unread);
  for (const given of [grant("777788889999"), grant("*", { OrganizationId: "o-0123456789" })]) {
    await plane.call("AddLayerVersionPermission", given);
    assert.equal(await refusal(read()), unread);
    await plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "s" }));
  }
  for (const principal of [OTHER, `arn:aws:iam::${OTHER}:root`, "*"]) {
    await plane.call("AddLayerVersionPermission", grant(principal));
    assert.equal(((await read()) as PublishLayerVersionResponse).Version, 1);
    await plane.call("RemoveLayerVersionPermission", version(1, { StatementId: "s" }));
    assert.equal(await refusal(read()), unread);
  }
  assert.equal(
    await refusal(plane.call("GetLayerVersion", version(8, { LayerName: ARN }), OTHER)),
    denied("lambda:GetLayerVersion", `${ARN}:8`),
  );
  for (const [operation, more] of [
    ["ListLayerVersions", {}],
    ["DeleteLayerVersion", { VersionNumber: 1 }],
    ["GetLayerVersionPolicy", { VersionNumber: 1 }],
  ] as const) {
    assert.equal(
      await refusal(plane.call(operation, { LayerName: ARN, ...more }, OTHER)),
      denied(`lambda:${operation}`, ARN),
    );
  }
});

test("layers count for the account's code size, each version", async () => {
  await using plane = await aControlPlane();
  const sizes = [await publish(plane), await publish(plane)].map((it) => it.Content?.CodeSize ?? 0);

  const settings: GetAccountSettingsResponse = await plane.call("GetAccountSettings", {});

  assert.equal(
    settings.AccountUsage?.TotalCodeSize,
    sizes.reduce((sum, it) => sum + it),
  );
});

test("a deleted version's package is removed by the sweeps, that of one that is there stays", async () => {
  await using plane = await aControlPlane();
  const [kept, deleted] = [
    await publish(plane),
    await publish(plane, { Content: { ZipFile: aZip({ "bin/other": "2" }) } }),
  ].map((it) => it.Content?.CodeSha256 ?? "");
  await plane.call("DeleteLayerVersion", version(2));

  await plane.passHours(3);

  assert.ok(await plane.parts.code.get(kept ?? ""));
  assert.equal(await plane.parts.code.get(deleted ?? ""), undefined);
  assert.deepEqual(plane.faults, []);
});
