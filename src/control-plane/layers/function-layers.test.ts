// The layers of a function: which can be named, what they show, what is frozen with a version, and what keeps them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FunctionConfiguration, Layer, PublishLayerVersionResponse } from "@aws-sdk/client-lambda";
import type { FunctionLayer } from "../../model/layer.ts";
import { refusal } from "../../model/operation.fixtures.ts";
import { aControlPlane, makeFunction, type TestedControlPlane } from "../control-plane.fixtures.ts";
import { aZip } from "../functions/code-package.fixtures.ts";
import { checkCombinedSize } from "./function-layers.ts";

const OTHER = "444455556666";
const PREFIX = "arn:aws:lambda:us-east-1:111122223333:layer:";
const parameter = "400 InvalidParameterValueException: ";

async function publish(plane: TestedControlPlane, LayerName: string, accountId?: string): Promise<Layer> {
  const Content = { ZipFile: aZip({ [`${LayerName}.txt`]: LayerName }) };
  const answer = (await plane.call(
    "PublishLayerVersion",
    { LayerName, Content },
    accountId,
  )) as PublishLayerVersionResponse;
  return { Arn: answer.LayerVersionArn, CodeSize: answer.Content?.CodeSize };
}

/** A function `f` with layers, after an update. */
async function update(
  plane: TestedControlPlane,
  Layers?: readonly (string | undefined)[],
): Promise<FunctionConfiguration> {
  const updated = await plane.call("UpdateFunctionConfiguration", {
    FunctionName: "f",
    ...(Layers === undefined ? { Description: "other" } : { Layers }),
  });
  await plane.settle();
  return updated;
}

async function aPlane(): Promise<TestedControlPlane> {
  const plane = await aControlPlane();
  await makeFunction(plane, "f");
  return plane;
}

const read = async (plane: TestedControlPlane, Qualifier = "$LATEST"): Promise<FunctionConfiguration> =>
  await plane.call("GetFunctionConfiguration", { FunctionName: "f", Qualifier });

test("layers are shown in their order, stay where an update does not name them, and [] takes them away", async () => {
  await using plane = await aPlane();
  const [a, b] = [await publish(plane, "a"), await publish(plane, "b")];

  assert.deepEqual((await update(plane, [b.Arn, a.Arn])).Layers, [b, a]);
  assert.deepEqual((await update(plane)).Layers, [b, a]);
  assert.deepEqual((await read(plane)).Layers, [b, a]);
  assert.ok(!("Layers" in (await update(plane, []))));
});

test("a creation takes layers, and a published version keeps its own", async () => {
  await using plane = await aPlane();
  const [a, b] = [await publish(plane, "a"), await publish(plane, "b")];
  await update(plane, [a.Arn]);
  await plane.call("PublishVersion", { FunctionName: "f" });
  await plane.settle();
  await update(plane, [b.Arn]);
  const second: FunctionConfiguration = await plane.call("PublishVersion", { FunctionName: "f" });
  await plane.settle();

  assert.equal(second.Version, "2");
  assert.deepEqual([(await read(plane, "1")).Layers, (await read(plane, "2")).Layers], [[a], [b]]);
  await using again = await plane.restart();
  assert.deepEqual((await read(again, "1")).Layers, [a]);
  const created: FunctionConfiguration = await again.call("CreateFunction", {
    FunctionName: "g",
    Role: "arn:aws:iam::111122223333:role/tester",
    Runtime: "nodejs26.x",
    Handler: "index.handler",
    Code: { ZipFile: aZip({ "index.mjs": "1" }) },
    Layers: [a.Arn, b.Arn],
  });
  assert.deepEqual(created.Layers, [a, b]);
});

test("layers that can't be named are refused in AWS's words, the first of them", async () => {
  await using plane = await aPlane();
  const layers: Layer[] = [];
  for (const name of ["a", "b", "c", "d", "e", "f"]) layers.push(await publish(plane, name));
  const [first] = layers;
  const newer = await publish(plane, "a");
  const refused = async (...Layers: (string | undefined)[]): Promise<string> =>
    await refusal(plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Layers }));

  assert.equal(await refused(...layers.map((it) => it.Arn)), `${parameter}Cannot reference more than 5 layers.`);
  assert.equal(await refused(`${PREFIX}none:1`), `${parameter}Layer version ${PREFIX}none:1 does not exist.`);
  assert.equal(
    await refused(first?.Arn, newer.Arn),
    `${parameter}Two different versions of the same layer are not allowed to be referenced in the same function. ${PREFIX}a:1 and ${PREFIX}a:2 are versions of the same layer.`,
  );
  assert.equal(
    await refused("arn:aws:lambda:eu-west-1:111122223333:layer:a:1"),
    `${parameter}Layers are not in the same region as the function. Layers are expected to be in region us-east-1.`,
  );
  assert.equal(
    await refused(`${PREFIX}a`),
    `400 ValidationException: 1 validation error detected: Value '[${PREFIX}a]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]`,
  );
  assert.ok(!("Layers" in (await read(plane))));
});

test("another account's layer can be named while it is shared, and stays with who has it", async () => {
  await using plane = await aPlane();
  const { Arn = "" } = await publish(plane, "theirs", OTHER);
  const change = (): Promise<object> => plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Layers: [Arn] });
  const denied = (arn: string): string =>
    `403 AccessDeniedException: User: arn:aws:iam::111122223333:user/u is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because no resource-based policy allows the lambda:GetLayerVersion action`;

  assert.equal(await refusal(change()), denied(Arn));
  const elsewhere = Arn.replace("us-east-1", "eu-west-1");
  assert.equal(
    await refusal(plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Layers: [elsewhere] })),
    denied(elsewhere),
  );
  const statement = { LayerName: "theirs", VersionNumber: 1, StatementId: "s" };
  const grant = { ...statement, Action: "lambda:GetLayerVersion", Principal: "111122223333" };
  await plane.call("AddLayerVersionPermission", grant, OTHER);
  assert.equal(((await change()) as FunctionConfiguration).Layers?.[0]?.Arn, Arn);
  await plane.settle();
  await plane.call("RemoveLayerVersionPermission", statement, OTHER);

  assert.equal((await update(plane)).Layers?.[0]?.Arn, Arn);
  assert.equal(await refusal(change()), denied(Arn));
});

test("a deleted layer version stays with its functions, and its package as long as one of them", async () => {
  await using plane = await aPlane();
  const { Arn } = await publish(plane, "a");
  await update(plane, [Arn]);
  const latest = plane.parts.publication.get(
    { accountId: "111122223333", region: "us-east-1", functionName: "f" },
    "$LATEST",
  );
  const sha256 = latest?.settings.layers[0]?.sha256 ?? "";

  await plane.call("DeleteLayerVersion", { LayerName: "a", VersionNumber: 1 });
  await plane.passHours(3);
  assert.ok(await plane.parts.code.get(sha256));
  assert.equal((await read(plane)).Layers?.[0]?.Arn, Arn);
  await update(plane, []);
  await plane.passHours(3);

  assert.equal(await plane.parts.code.get(sha256), undefined);
  assert.deepEqual(plane.faults, []);
});

test("code and layers are 262,144,000 bytes together at most, whichever of them changes", async () => {
  const layer = (unzippedBytes: number): FunctionLayer => ({ arn: "a", sha256: "s", bytes: 1, unzippedBytes });
  checkCombinedSize(44_000, [layer(262_000_000), layer(100_000)]);
  checkCombinedSize(262_144_001, []);
  assert.throws(() => checkCombinedSize(44_001, [layer(262_000_000), layer(100_000)]), {
    code: "InvalidParameterValueException",
    message:
      "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.",
  });

  await using plane = await aPlane();
  const Content = { ZipFile: aZip({ big: Buffer.alloc(200_000_000) }) };
  const big = (await plane.call("PublishLayerVersion", { LayerName: "big", Content })) as PublishLayerVersionResponse;
  const code = { FunctionName: "f", ZipFile: aZip({ "index.mjs": Buffer.alloc(62_144_001) }) };
  const told = `${parameter}Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.`;
  await update(plane, [big.LayerVersionArn]);
  assert.equal(await refusal(plane.call("UpdateFunctionCode", code)), told);
  await update(plane, []);
  await plane.call("UpdateFunctionCode", code);
  await plane.settle();
  const named = { FunctionName: "f", Layers: [big.LayerVersionArn] };
  assert.equal(await refusal(plane.call("UpdateFunctionConfiguration", named)), told);
});
