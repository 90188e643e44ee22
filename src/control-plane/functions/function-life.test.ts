// A function's life as the API shows it: states, revisions, versions, and what each state refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { refusal } from "../../model/operation.fixtures.ts";
import { aControlPlane, type TestedControlPlane } from "../control-plane.fixtures.ts";
import { aZip } from "./code-package.fixtures.ts";

const CREATION = {
  FunctionName: "f",
  Role: "arn:aws:iam::111122223333:role/tester",
  Runtime: "nodejs26.x",
  Handler: "index.handler",
};
const zip = (text: string): Buffer => aZip({ "index.mjs": text });

const read = async (plane: TestedControlPlane, qualifier?: string): Promise<FunctionConfiguration> =>
  await plane.call("GetFunctionConfiguration", { FunctionName: "f", Qualifier: qualifier });

async function anActiveFunction(): Promise<TestedControlPlane> {
  const plane = await aControlPlane();
  await plane.call("CreateFunction", { ...CREATION, Code: { ZipFile: zip("1") } });
  await plane.settle();
  return plane;
}

const pending =
  "409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending";
const inProgress =
  "409 ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:111122223333:function:f";

test("a new function is Pending and takes no change until it is Active", async () => {
  await using plane = await aControlPlane();

  const created: FunctionConfiguration = await plane.call("CreateFunction", {
    ...CREATION,
    Code: { ZipFile: zip("1") },
  });
  assert.deepEqual(
    [created.State, created.StateReasonCode, created.LastUpdateStatus],
    ["Pending", "Creating", undefined],
  );
  for (const [operation, more] of [
    ["UpdateFunctionCode", { ZipFile: zip("2") }],
    ["UpdateFunctionConfiguration", { Timeout: 4 }],
    ["PublishVersion", {}],
  ] as const) {
    assert.equal(await refusal(plane.call(operation, { FunctionName: "f", ...more })), pending, operation);
  }
  await plane.settle();

  const active = await read(plane);
  assert.deepEqual([active.State, active.StateReason, active.LastUpdateStatus], ["Active", undefined, "Successful"]);
});

test("a function whose runtime can't be had has Failed with the reason, and a corrective update makes it anew", async () => {
  await using plane = await aControlPlane();
  await plane.call("CreateFunction", { ...CREATION, Code: { ZipFile: zip("1") } });

  await plane.settle({ ready: false, reason: "no such runtime" });
  const failed = await read(plane);
  assert.deepEqual(
    [failed.State, failed.StateReason, failed.StateReasonCode],
    ["Failed", "no such runtime", "InvalidRuntime"],
  );
  assert.equal(
    await refusal(plane.call("PublishVersion", { FunctionName: "f" })),
    pending.replace("Pending", "Failed"),
  );
  await plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Runtime: "nodejs24.x" });
  await plane.settle();

  assert.equal((await read(plane)).State, "Active");
});

test("an update is InProgress and takes no other until it has ended; a failed one leaves the reason", async () => {
  await using plane = await anActiveFunction();

  const updated: FunctionConfiguration = await plane.call("UpdateFunctionCode", {
    FunctionName: "f",
    ZipFile: zip("2"),
  });
  assert.deepEqual(
    [updated.State, updated.LastUpdateStatus, updated.LastUpdateStatusReasonCode],
    ["Active", "InProgress", "Creating"],
  );
  assert.equal(await refusal(plane.call("UpdateFunctionConfiguration", { FunctionName: "f" })), inProgress);
  assert.equal(await refusal(plane.call("PublishVersion", { FunctionName: "f" })), inProgress);
  await plane.settle({ ready: false, reason: "out of disk" });

  const failed = await read(plane);
  assert.deepEqual(
    [failed.State, failed.LastUpdateStatus, failed.LastUpdateStatusReason],
    ["Active", "Failed", "out of disk"],
  );
});

test("every change has a RevisionId of its own: of state, code, configuration, and by publishing", async () => {
  await using plane = await aControlPlane();
  const seen: (string | undefined)[] = [];
  const note = (it: FunctionConfiguration): void => void seen.push(it.RevisionId);

  note(await plane.call("CreateFunction", { ...CREATION, Code: { ZipFile: zip("1") } }));
  await plane.settle();
  note(await read(plane));
  note(await plane.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: zip("2") }));
  await plane.settle();
  note(await read(plane));
  note(await plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 5 }));
  await plane.settle();
  note(await read(plane));
  note(await plane.call("PublishVersion", { FunctionName: "f" }));
  note(await read(plane));
  await plane.settle();
  note(await read(plane, "1"));

  assert.equal(new Set(seen).size, 9);
});

test("publishing does not change what $LATEST runs", async () => {
  await using plane = await anActiveFunction();
  const key = { accountId: "111122223333", region: "us-east-1", functionName: "f" };
  const before = plane.parts.publication.get(key, "$LATEST");

  await plane.call("PublishVersion", { FunctionName: "f" });

  assert.equal(plane.parts.publication.get(key, "$LATEST")?.deployment, before?.deployment);
});

test("an outdated RevisionId is refused by every change", async () => {
  await using plane = await anActiveFunction();
  const RevisionId = "00000000-0000-4000-8000-000000000000";
  const outdated =
    "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";

  for (const [operation, more] of [
    ["UpdateFunctionCode", { ZipFile: zip("2") }],
    ["UpdateFunctionCode", { ZipFile: zip("2"), DryRun: true }],
    ["UpdateFunctionConfiguration", {}],
    ["PublishVersion", {}],
  ] as const) {
    assert.equal(await refusal(plane.call(operation, { FunctionName: "f", RevisionId, ...more })), outdated, operation);
  }
  const latest = await read(plane);
  await plane.call("PublishVersion", { FunctionName: "f", RevisionId: latest.RevisionId });
});

test("a dry run answers as if and changes nothing", async () => {
  await using plane = await anActiveFunction();
  const before = await read(plane);

  const answer: FunctionConfiguration = await plane.call("UpdateFunctionCode", {
    FunctionName: "f",
    ZipFile: zip("something longer"),
    DryRun: true,
  });

  assert.notEqual(answer.CodeSha256, before.CodeSha256);
  assert.deepEqual(await read(plane), before);
});

test("versions are numbered, stay as they are, and one without a change is the one before", async () => {
  await using plane = await anActiveFunction();

  const first: FunctionConfiguration = await plane.call("PublishVersion", { FunctionName: "f", Description: "one" });
  const again: FunctionConfiguration = await plane.call("PublishVersion", { FunctionName: "f", Description: "one" });
  await plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9 });
  await plane.settle();
  await plane.settle();
  const second: FunctionConfiguration = await plane.call("PublishVersion", { FunctionName: "f" });

  assert.deepEqual([first.Version, again.Version, second.Version], ["1", "1", "2"]);
  assert.equal(first.FunctionArn, "arn:aws:lambda:us-east-1:111122223333:function:f:1");
  assert.deepEqual([first.Description, (await read(plane, "1")).Timeout, second.Timeout], ["one", 3, 9]);
  const sha256 = first.CodeSha256 ?? "";
  assert.equal(
    await refusal(plane.call("PublishVersion", { FunctionName: "f", CodeSha256: "other" })),
    `400 InvalidParameterValueException: CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
  );
});

test("after a restart versions are the same, one without a change too, and what was under way is settled", async () => {
  const before = await anActiveFunction();
  await before.call("PublishVersion", { FunctionName: "f" });

  await using plane = await before.restart();
  await plane.settle();
  await plane.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 3 });
  await plane.settle();

  const again: FunctionConfiguration = await plane.call("PublishVersion", { FunctionName: "f" });
  assert.deepEqual([again.Version, (await read(plane, "1")).State], ["1", "Active"]);
});

test("creating with Publish makes version 1, and its function once", async () => {
  await using plane = await aControlPlane();
  const creation = { ...CREATION, Code: { ZipFile: zip("1") }, Publish: true };

  const created: FunctionConfiguration = await plane.call("CreateFunction", creation);

  assert.equal(created.Version, "1");
  assert.equal(
    await refusal(plane.call("CreateFunction", creation)),
    "409 ResourceConflictException: Function already exist: f",
  );
});

test("$LATEST is not deleted without its function, a version is, and then it is gone", async () => {
  await using plane = await anActiveFunction();
  await plane.call("PublishVersion", { FunctionName: "f" });

  assert.equal(
    await refusal(plane.call("DeleteFunction", { FunctionName: "f", Qualifier: "$LATEST" })),
    "400 InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.",
  );
  assert.equal(
    await refusal(plane.call("DeleteFunction", { FunctionName: "f:prod" })),
    "400 InvalidParameterValueException: Deletion of aliases is not currently supported.",
  );
  await plane.call("DeleteFunction", { FunctionName: "f", Qualifier: "1" });
  assert.equal(
    await refusal(read(plane, "1")),
    "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:f:1",
  );
  await plane.call("DeleteFunction", { FunctionName: "f" });
  assert.equal(
    await refusal(plane.call("GetFunction", { FunctionName: "f" })),
    "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:111122223333:function:f",
  );
});

test("a package that no version uses any more is removed by the sweeps of every hour, the others stay", async () => {
  await using plane = await anActiveFunction();
  const before = (await read(plane)).CodeSha256 ?? "";
  await plane.call("PublishVersion", { FunctionName: "f" });
  await plane.settle();
  await plane.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: zip("2") });
  await plane.settle();
  const after = (await read(plane)).CodeSha256 ?? "";

  await plane.passHours(3);
  assert.ok(await plane.parts.code.get(before), "version 1 uses it");
  await plane.call("DeleteFunction", { FunctionName: "f", Qualifier: "1" });
  await plane.passHours(2);

  assert.equal(await plane.parts.code.get(before), undefined);
  assert.ok(await plane.parts.code.get(after));
  assert.deepEqual(plane.faults, []);
});

test("two creations of one name at once make one function", async () => {
  await using plane = await aControlPlane();
  const creation = { ...CREATION, Code: { ZipFile: zip("1") } };

  const outcomes = await Promise.allSettled([
    plane.call("CreateFunction", creation),
    plane.call("CreateFunction", creation),
  ]);

  assert.deepEqual(outcomes.map((it) => it.status).sort(), ["fulfilled", "rejected"]);
});
