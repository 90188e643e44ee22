// Aliases: what they may point to, what they hold fast, and how the API shows them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AliasConfiguration, FunctionConfiguration, ListAliasesResponse } from "@aws-sdk/client-lambda";
import { refusal } from "../../model/operation.fixtures.ts";
import { aFunctionWithVersions, type TestedControlPlane } from "../control-plane.fixtures.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const parameter = "400 InvalidParameterValueException: ";

async function anAlias(plane: TestedControlPlane, more: object = {}): Promise<AliasConfiguration> {
  return await plane.call("CreateAlias", { FunctionName: "f", Name: "prod", FunctionVersion: "1", ...more });
}

test("an alias shows its version and weights, by every operation and after a restart", async () => {
  await using plane = await aFunctionWithVersions("f", 2);

  const created = await anAlias(plane, { RoutingConfig: { AdditionalVersionWeights: { "2": 0.1 } } });

  const { RevisionId, ...rest } = created;
  assert.match(RevisionId ?? "", /^[0-9a-f-]{36}$/u);
  assert.deepEqual(rest, {
    AliasArn: `${ARN}:prod`,
    Name: "prod",
    FunctionVersion: "1",
    Description: "",
    RoutingConfig: { AdditionalVersionWeights: { "2": 0.1 } },
  });
  assert.deepEqual(await plane.call("GetAlias", { FunctionName: "f", Name: "prod" }), created);
  assert.deepEqual(await plane.call("ListAliases", { FunctionName: "f" }), { Aliases: [created] });
  await using again = await plane.restart();
  assert.deepEqual(await again.call("GetAlias", { FunctionName: "f", Name: "prod" }), created);
});

test("an update changes what it names; an empty RoutingConfig takes the weights away", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  const before = await anAlias(plane, { RoutingConfig: { AdditionalVersionWeights: { "2": 1 } }, Description: "d" });
  const update = (more: object): Promise<AliasConfiguration> =>
    plane.call("UpdateAlias", { FunctionName: "f", Name: "prod", ...more });

  const described = await update({ Description: "e", RevisionId: before.RevisionId });
  assert.deepEqual(described.RoutingConfig, before.RoutingConfig);
  assert.notEqual(described.RevisionId, before.RevisionId);
  const emptied = await update({ RoutingConfig: {} });
  assert.equal(emptied.RoutingConfig, undefined);
  const moved = await update({ FunctionVersion: "2" });
  assert.deepEqual([moved.FunctionVersion, moved.Description], ["2", "e"]);
  assert.equal(
    await refusal(update({ RevisionId: before.RevisionId })),
    "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
  );
});

test("weights that can't be are refused in AWS's words", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  const weighted = (weights: object, more: object = {}): Promise<string> =>
    refusal(anAlias(plane, { RoutingConfig: { AdditionalVersionWeights: weights }, ...more }));
  const value = (shown: string, tail: string): string =>
    `400 ValidationException: 1 validation error detected: Value '${shown}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: ${tail}`;
  const range =
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";

  assert.equal(
    await weighted({ "2": 0.1, "3": 0.1 }),
    `${parameter}Number of items in AdditionalVersionWeights cannot be greater than 1`,
  );
  assert.equal(await weighted({ "2": 2 }), value("{2=2.0}", range));
  assert.equal(await weighted({ "2": -1 }), value("{2=-1.0}", range));
  assert.equal(
    await weighted({ $LATEST: 0.5 }),
    value(
      "{$LATEST=0.5}",
      "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]",
    ),
  );
  assert.equal(
    await weighted({ "1": 0.5 }),
    `${parameter}Invalid function version 1. Function version 1 is already included in routing configuration.`,
  );
  assert.equal(
    await weighted({ "1": 0.5 }, { FunctionVersion: "$LATEST" }),
    `${parameter}$LATEST is not supported for an alias pointing to more than 1 version`,
  );
  assert.equal(await weighted({ "9": 0.5 }), `404 ResourceNotFoundException: Function not found: ${ARN}:9`);
});

test("names that are numbers, names that are taken and aliases that are missing are refused", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await anAlias(plane);

  assert.match(await refusal(anAlias(plane, { Name: "12" })), /Value '12' at 'name' failed to satisfy constraint/u);
  assert.equal(await refusal(anAlias(plane)), `409 ResourceConflictException: Alias already exists: ${ARN}:prod`);
  for (const operation of ["GetAlias", "UpdateAlias"]) {
    assert.equal(
      await refusal(plane.call(operation, { FunctionName: "f", Name: "nope" })),
      `404 ResourceNotFoundException: Cannot find alias arn: ${ARN}:nope`,
    );
  }
  assert.deepEqual(await plane.call("DeleteAlias", { FunctionName: "f", Name: "nope" }), {});
});

test("reading a function through an alias shows the version under the alias's ARN", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await anAlias(plane);

  const read: FunctionConfiguration = await plane.call("GetFunctionConfiguration", {
    FunctionName: "f",
    Qualifier: "prod",
  });

  assert.deepEqual([read.FunctionArn, read.Version], [`${ARN}:prod`, "1"]);
  assert.equal(
    await refusal(plane.call("GetFunction", { FunctionName: "f:nope" })),
    `404 ResourceNotFoundException: Function not found: ${ARN}:nope`,
  );
  assert.equal(
    await refusal(plane.call("DeleteFunction", { FunctionName: "f", Qualifier: "prod" })),
    `${parameter}Deletion of aliases is not currently supported.`,
  );
});

test("a version stays for as long as an alias may run it", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await anAlias(plane, { RoutingConfig: { AdditionalVersionWeights: { "2": 0 } } });
  const remove = (Qualifier: string): Promise<unknown> =>
    plane.call("DeleteFunction", { FunctionName: "f", Qualifier });
  const conflict =
    "409 ResourceConflictException: Unable to delete version because the following aliases reference it: [prod]";

  assert.deepEqual([await refusal(remove("1")), await refusal(remove("2"))], [conflict, conflict]);
  await plane.call("DeleteAlias", { FunctionName: "f", Name: "prod" });
  await remove("1");

  assert.equal(
    plane.parts.publication.versions({ accountId: "111122223333", region: "us-east-1", functionName: "f" }).length,
    2,
  );
});

test("aliases are listed by name, by version, and page by page; they go with their function", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await anAlias(plane, { Name: "b" });
  await anAlias(plane, { Name: "a", FunctionVersion: "2", RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } } });
  await anAlias(plane, { Name: "c", FunctionVersion: "2" });
  const list = async (more: object): Promise<ListAliasesResponse> =>
    await plane.call("ListAliases", { FunctionName: "f", ...more });
  const names = (it: ListAliasesResponse): unknown => it.Aliases?.map((alias) => alias.Name);

  assert.deepEqual(names(await list({})), ["a", "b", "c"]);
  assert.deepEqual(names(await list({ FunctionVersion: "1" })), ["a", "b"]);
  const first = await list({ MaxItems: 2 });
  assert.deepEqual([names(first), names(await list({ Marker: first.NextMarker }))], [["a", "b"], ["c"]]);
  await plane.call("DeleteFunction", { FunctionName: "f" });

  assert.deepEqual(await plane.parts.aliases.all(), []);
  assert.match(await refusal(list({})), /^404 ResourceNotFoundException: Function not found/u);
});
