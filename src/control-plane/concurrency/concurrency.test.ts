// Reserved and provisioned concurrency as operations: what they store, what they publish, what they refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  GetAccountSettingsResponse,
  GetFunctionResponse,
  ListProvisionedConcurrencyConfigsResponse,
} from "@aws-sdk/client-lambda";
import { refusal } from "../../model/operation.fixtures.ts";
import {
  aControlPlane,
  aFunctionWithVersions,
  makeFunction,
  type TestedControlPlane,
} from "../control-plane.fixtures.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
const parameter = "400 InvalidParameterValueException: ";
const FunctionName = "f";

const reserve = (plane: TestedControlPlane, executions: number, name = "f"): Promise<unknown> =>
  plane.call("PutFunctionConcurrency", { FunctionName: name, ReservedConcurrentExecutions: executions });
const provision = (plane: TestedControlPlane, Qualifier: string, executions: number): Promise<object> =>
  plane.call("PutProvisionedConcurrencyConfig", {
    FunctionName,
    Qualifier,
    ProvisionedConcurrentExecutions: executions,
  });
const alias = (plane: TestedControlPlane, Name: string, FunctionVersion = "1", more: object = {}): Promise<unknown> =>
  plane.call("CreateAlias", { FunctionName, Name, FunctionVersion, ...more });

async function limits(plane: TestedControlPlane): Promise<unknown> {
  const { AccountLimit }: GetAccountSettingsResponse = await plane.call("GetAccountSettings", {});
  return [AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions];
}

test("a reservation is shown by all who know of it, kept over a restart, and given back", async () => {
  await using plane = await aFunctionWithVersions("f", 1);

  assert.deepEqual(await plane.call("GetFunctionConcurrency", { FunctionName }), {});
  assert.deepEqual(await reserve(plane, 40), { ReservedConcurrentExecutions: 40 });
  await using again = await plane.restart();
  assert.deepEqual(await again.call("GetFunctionConcurrency", { FunctionName }), { ReservedConcurrentExecutions: 40 });
  const read: GetFunctionResponse = await again.call("GetFunction", { FunctionName });
  assert.deepEqual(read.Concurrency, { ReservedConcurrentExecutions: 40 });
  assert.deepEqual(await limits(again), [1000, 960]);
  await again.call("DeleteFunctionConcurrency", { FunctionName });

  assert.deepEqual(await again.call("GetFunctionConcurrency", { FunctionName }), {});
  assert.deepEqual(await limits(again), [1000, 1000]);
});

test("reservations are of functions alone, and of functions that are there", async () => {
  await using plane = await aFunctionWithVersions("f", 1);

  assert.equal(
    await refusal(reserve(plane, 1, "f:1")),
    `${parameter}This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.`,
  );
  assert.equal(
    await refusal(reserve(plane, 1, "g")),
    "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:g:$LATEST",
  );
  assert.match(await refusal(reserve(plane, -1)), /Member must have value greater than or equal to 0$/u);
});

test("two functions that ask for the last of the pool at once don't both get it", async () => {
  await using plane = await aControlPlane();
  await makeFunction(plane, "f");
  await makeFunction(plane, "g");

  const outcomes = await Promise.allSettled([reserve(plane, 600), reserve(plane, 600, "g")]);

  assert.deepEqual(
    outcomes.map((it) => it.status),
    ["fulfilled", "rejected"],
  );
});

test("a new config is in progress with nothing allocated, then shows what the data plane says", async () => {
  await using plane = await aFunctionWithVersions("f", 1);

  const expected = {
    RequestedProvisionedConcurrentExecutions: 5,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
    LastModified: "2026-01-01T00:00:00+0000",
  };
  assert.deepEqual(await provision(plane, "1", 5), expected);
  assert.deepEqual(plane.parts.publication.concurrency(key).provisioned, new Map([["1", 5]]));
  assert.deepEqual(await limits(plane), [1000, 995]);
  const get = () => plane.call("GetProvisionedConcurrencyConfig", { FunctionName, Qualifier: "1" });
  assert.deepEqual(await get(), expected);
  plane.account.statuses.set("1", {
    status: "FAILED",
    allocated: 2,
    available: 1,
    reason: "FUNCTION_ERROR_INIT_FAILURE",
  });

  assert.deepEqual(await get(), {
    RequestedProvisionedConcurrentExecutions: 5,
    AvailableProvisionedConcurrentExecutions: 1,
    AllocatedProvisionedConcurrentExecutions: 2,
    Status: "FAILED",
    StatusReason: "FUNCTION_ERROR_INIT_FAILURE",
    LastModified: "2026-01-01T00:00:00+0000",
  });
  await using again = await plane.restart();
  assert.deepEqual(again.parts.publication.concurrency(key).provisioned, new Map([["1", 5]]));
});

test("configs are listed under their qualified ARNs and removed without a word when they are not there", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await alias(plane, "prod");
  await provision(plane, "prod", 3);
  await provision(plane, "2", 4);

  const listed: ListProvisionedConcurrencyConfigsResponse = await plane.call("ListProvisionedConcurrencyConfigs", {
    FunctionName,
  });
  assert.deepEqual(
    listed.ProvisionedConcurrencyConfigs?.map((it) => [it.FunctionArn, it.RequestedProvisionedConcurrentExecutions]),
    [
      [`${ARN}:2`, 4],
      [`${ARN}:prod`, 3],
    ],
  );
  for (let time = 0; time < 2; time++) {
    await plane.call("DeleteProvisionedConcurrencyConfig", { FunctionName, Qualifier: "2" });
  }
  assert.equal(
    await refusal(plane.call("GetProvisionedConcurrencyConfig", { FunctionName, Qualifier: "2" })),
    "404 ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function",
  );
});

test("what can't be provisioned is refused in AWS's words", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await alias(plane, "weighted", "1", { RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } });
  await alias(plane, "latest", "$LATEST");
  const unpublished = `${parameter}Provisioned Concurrency Configs cannot be applied to unpublished function versions.`;

  assert.equal(await refusal(provision(plane, "$LATEST", 1)), unpublished);
  assert.equal(await refusal(provision(plane, "latest", 1)), unpublished);
  assert.equal(
    await refusal(provision(plane, "weighted", 1)),
    `${parameter}Alias with weights can not be used with Provisioned Concurrency`,
  );
  assert.equal(await refusal(provision(plane, "9", 1)), `404 ResourceNotFoundException: Function not found: ${ARN}:9`);
  assert.equal(
    await refusal(provision(plane, "nope", 1)),
    `404 ResourceNotFoundException: Cannot find alias arn: ${ARN}:nope`,
  );
  assert.match(await refusal(provision(plane, "1", 0)), /'0' at 'provisionedConcurrentExecutions'.*or equal to 1$/u);
  for (const operation of ["GetProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig"]) {
    assert.equal(
      await refusal(plane.call(operation, { FunctionName, Qualifier: "$LATEST" })),
      `${parameter}The function resource provided must be an alias or a published version.`,
    );
  }
});

test("an alias and the version that it points to can't both be provisioned", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await alias(plane, "prod");
  await provision(plane, "prod", 1);

  assert.equal(
    await refusal(provision(plane, "1", 1)),
    "409 ResourceConflictException: Version is pointed by a Provisioned Concurrency alias",
  );
  await provision(plane, "2", 1);
  await alias(plane, "next", "2");
  const already =
    "409 ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
  assert.equal(await refusal(provision(plane, "next", 1)), already);
  const update = (more: object) => plane.call("UpdateAlias", { FunctionName, Name: "prod", ...more });
  assert.equal(await refusal(update({ FunctionVersion: "2" })), already);
  assert.equal(
    await refusal(update({ RoutingConfig: { AdditionalVersionWeights: { "2": 0.1 } } })),
    `${parameter}Alias with weights can not be used with Provisioned Concurrency`,
  );
});

test("a config follows its alias to another version, and goes with its alias, version or function", async () => {
  await using plane = await aFunctionWithVersions("f", 3);
  await alias(plane, "prod");
  await provision(plane, "prod", 2);
  await provision(plane, "3", 1);
  const provisioned = () => plane.parts.publication.concurrency(key).provisioned;

  await plane.call("UpdateAlias", { FunctionName, Name: "prod", FunctionVersion: "2" });
  assert.deepEqual(
    [...provisioned()],
    [
      ["prod", 2],
      ["3", 1],
    ],
  );
  await plane.call("DeleteFunction", { FunctionName, Qualifier: "3" });
  assert.deepEqual([...provisioned()], [["prod", 2]]);
  await plane.call("DeleteAlias", { FunctionName, Name: "prod" });
  assert.deepEqual([...provisioned()], []);
  await provision(plane, "1", 1);
  await reserve(plane, 7);
  await plane.call("DeleteFunction", { FunctionName });

  assert.deepEqual(await plane.parts.concurrency.all(), []);
});

test("who scales on the account's behalf sets, reads and takes away by the same rules", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  const { provisioned } = plane.controlPlane;
  const target = { ...key, qualifier: "1" };

  assert.deepEqual(
    [provisioned.requested(target), provisioned.requested({ ...target, qualifier: "x" })],
    [0, undefined],
  );
  await provisioned.set(target, 6);
  assert.equal(provisioned.requested(target), 6);
  await assert.rejects(provisioned.set(target, 901), /minimum value of \[100\]/u);
  await provisioned.set(target, 0);

  assert.equal(provisioned.requested(target), 0);
});
