// Functions' policies over real stores: statements as AWS writes them, added, taken back, replaced whole, refused in AWS's
// words, gone with what they are of.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Members } from "../../model/operation.ts";
import { refusal } from "../../model/operation.fixtures.ts";
import { aFunctionWithVersions, makeFunction, type TestedControlPlane } from "../control-plane.fixtures.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const FunctionName = "f";
const invoking = { FunctionName, StatementId: "s", Action: "lambda:InvokeFunction", Principal: "444455556666" };
const parameter = "400 InvalidParameterValueException: ";
const notFound = "404 ResourceNotFoundException: ";

const add = (plane: TestedControlPlane, more: object = {}): Promise<Members> =>
  plane.call("AddPermission", { ...invoking, ...more });
const get = (plane: TestedControlPlane, Qualifier?: string): Promise<Members> =>
  plane.call("GetPolicy", { FunctionName, Qualifier });
const sids = async (plane: TestedControlPlane, Qualifier?: string): Promise<readonly string[]> => {
  const { Policy } = await get(plane, Qualifier);
  return (JSON.parse(Policy as string) as { Statement: { Sid: string }[] }).Statement.map((it) => it.Sid);
};

test("a statement is written as AWS writes it, for each kind of principal and every condition", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  const statement = async (more: object): Promise<string> => (await add(plane, more))["Statement"] as string;

  assert.equal(
    await statement({
      StatementId: "s3",
      Principal: "s3.amazonaws.com",
      SourceArn: "arn:aws:s3:::b",
      SourceAccount: "111122223333",
    }),
    `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${ARN}","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}`,
  );
  assert.equal(
    await statement({ StatementId: "account", Qualifier: "1" }),
    `{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"lambda:InvokeFunction","Resource":"${ARN}:1"}`,
  );
  assert.equal(
    await statement({
      StatementId: "url",
      Principal: "*",
      Action: "lambda:InvokeFunctionUrl",
      FunctionUrlAuthType: "NONE",
    }),
    `{"Sid":"url","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"${ARN}","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}`,
  );
  assert.equal(
    await statement({ StatementId: "viaUrl", Principal: "*", InvokedViaFunctionUrl: true }),
    `{"Sid":"viaUrl","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"${ARN}","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`,
  );
  assert.equal(
    await statement({
      StatementId: "token",
      Principal: "alexa-appkit.amazon.com",
      EventSourceToken: "t-1",
      PrincipalOrgID: "o-a1b2c3d4e5",
    }),
    `{"Sid":"token","Effect":"Allow","Principal":{"Service":"alexa-appkit.amazon.com"},"Action":"lambda:InvokeFunction","Resource":"${ARN}","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5","lambda:EventSourceToken":"t-1"}}}`,
  );
});

test("each version and alias has a policy of its own, which is kept over a restart", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "1" });
  for (const Qualifier of [undefined, "1", "live"]) await add(plane, { StatementId: `of-${Qualifier}`, Qualifier });
  await add(plane, { StatementId: "more" });

  await using again = await plane.restart();

  assert.deepEqual(await sids(again), ["of-undefined", "more"]);
  assert.deepEqual(await sids(again, "1"), ["of-1"]);
  assert.deepEqual(await sids(again, "live"), ["of-live"]);
  assert.match((await get(again))["Policy"] as string, /^\{"Version":"2012-10-17","Id":"default","Statement":\[/u);
});

test("a change gives what the policy is of another RevisionId, and is held to the latest", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "1" });
  const revision = async (Qualifier?: string): Promise<unknown> =>
    Qualifier === "live"
      ? (await plane.call("GetAlias", { FunctionName, Name: "live" }))["RevisionId"]
      : (await plane.call("GetFunctionConfiguration", { FunctionName, Qualifier }))["RevisionId"];
  const outdated =
    "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id";

  for (const Qualifier of [undefined, "1", "live"]) {
    const before = await revision(Qualifier);
    assert.equal(await refusal(add(plane, { Qualifier, RevisionId: "other" })), outdated);
    await add(plane, { Qualifier, RevisionId: before });
    const after = await revision(Qualifier);
    assert.notEqual(after, before);
    assert.equal((await get(plane, Qualifier))["RevisionId"], after);
    const removal = { FunctionName, StatementId: "s", Qualifier };
    assert.equal(await refusal(plane.call("RemovePermission", { ...removal, RevisionId: before })), outdated);
    await plane.call("RemovePermission", { ...removal, RevisionId: after });
    assert.notEqual(await revision(Qualifier), after);
  }
});

test("with the last statement the policy is gone, and what is not there is told in AWS's words", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  const remove = (more: object): Promise<Members> =>
    plane.call("RemovePermission", { FunctionName, StatementId: "s", ...more });
  await add(plane);
  await add(plane, { StatementId: "t" });

  await remove({});
  assert.deepEqual(await sids(plane), ["t"]);
  assert.equal(await refusal(remove({})), `${notFound}Statement s is not found in resource policy.`);
  await remove({ StatementId: "t" });

  assert.equal(await refusal(get(plane)), `${notFound}The resource you requested does not exist.`);
  assert.equal(await refusal(remove({})), `${notFound}No policy is associated with the given resource.`);
  assert.equal(
    await refusal(remove({ FunctionName: "none" })),
    `${notFound}No policy found for: ${ARN.slice(0, -1)}none`,
  );
  assert.equal(await refusal(get(plane, "9")), `${notFound}Function not found: ${ARN}:9`);
  assert.equal(
    await refusal(add(plane, { FunctionName: "none" })),
    `${notFound}Function not found: ${ARN.slice(0, -1)}none`,
  );
});

test("what can't be granted is refused", async () => {
  await using plane = await aFunctionWithVersions("f", 0);
  await add(plane);

  assert.equal(
    await refusal(add(plane)),
    "409 ResourceConflictException: The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
  );
  assert.equal(
    await refusal(add(plane, { Qualifier: "$LATEST" })),
    `${parameter}We currently do not support adding policies for $LATEST.`,
  );
  assert.equal(
    await refusal(add(plane, { StatementId: "n", Principal: "nobody" })),
    `${parameter}The provided principal was invalid. Please check the principal and try again.`,
  );
  assert.equal(
    await refusal(add(plane, { StatementId: "u", FunctionUrlAuthType: "NONE" })),
    `${parameter}FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action`,
  );
  assert.match(
    await refusal(add(plane, { Action: "s3:GetObject", StatementId: "a b" })),
    /^400 ValidationException: 2 /u,
  );
  const long = { SourceArn: `arn:aws:s3:::${"b".repeat(20_400)}` };
  assert.match(
    await refusal(add(plane, { StatementId: "l", ...long })),
    /^400 PolicyLengthExceededException: The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/u,
  );
  assert.deepEqual(await sids(plane), ["s"]);
});

test("a whole policy replaces what was there, can be read both ways, added to and deleted", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await add(plane);
  const denial = { Sid: "d", Effect: "Deny", Principal: "*", Action: "lambda:*", Resource: ARN };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: denial });
  const whole = (name: string, more: object = {}): Promise<Members> =>
    plane.call(`${name}ResourcePolicy`, { ResourceArn: ARN, ...more });

  const put = await whole("Put", { Policy });
  assert.equal(put["Policy"], Policy);
  assert.deepEqual(await whole("Get"), put);
  assert.deepEqual(await get(plane), put);
  assert.match(
    await refusal(whole("Put", { Policy, RevisionId: "other" })),
    /^412 PreconditionFailedException: .* Call the GetResourcePolicy API /u,
  );
  await add(plane, { StatementId: "t" });
  assert.deepEqual(await sids(plane), ["d", "t"]);
  await whole("Delete", { RevisionId: (await get(plane))["RevisionId"] });

  assert.equal(await refusal(whole("Get")), `${notFound}The resource you requested does not exist.`);
  assert.equal(await refusal(whole("Delete")), `${notFound}The resource you requested does not exist.`);
  assert.match(await refusal(whole("Put", { ResourceArn: "f", Policy })), /^400 ValidationException: .*'resourceArn'/u);
  assert.match(await refusal(whole("Put", { Policy: "x".repeat(20_481) })), /^400 PolicyLengthExceededException: /u);
  assert.equal(
    await refusal(whole("Put", { ResourceArn: `${ARN}:$LATEST`, Policy })),
    `${parameter}We currently do not support adding policies for $LATEST.`,
  );
});

test("a policy goes with its version, its alias and its function", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "2" });
  for (const Qualifier of [undefined, "1", "live"]) await add(plane, { Qualifier });
  await plane.call("DeleteFunction", { FunctionName, Qualifier: "1" });
  await plane.call("DeleteAlias", { FunctionName, Name: "live" });
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "2" });

  await using again = await plane.restart();
  assert.match(await refusal(get(again, "live")), /^404 ResourceNotFoundException: The resource/u);
  await again.call("DeleteFunction", { FunctionName });
  await makeFunction(again, "f", 1);

  for (const it of [undefined, "1"]) assert.match(await refusal(get(again, it)), /^404 .*The resource/u);
});
