// Event invoke configs over real stores: put, changed, shown, refused in AWS's words, gone with what they are of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../model/operation.fixtures.ts";
import { aFunctionWithVersions, makeFunction, type TestedControlPlane } from "../control-plane.fixtures.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const parameter = "400 InvalidParameterValueException: ";
const notFound = "404 ResourceNotFoundException: ";
const FunctionName = "f";
const none = { OnSuccess: {}, OnFailure: {} };

const put = (plane: TestedControlPlane, more: object): Promise<object> =>
  plane.call("PutFunctionEventInvokeConfig", { FunctionName, ...more });
const get = (plane: TestedControlPlane, Qualifier?: string): Promise<object> =>
  plane.call("GetFunctionEventInvokeConfig", { FunctionName, Qualifier });

test("a put replaces, an update changes, and both are kept over a restart", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  const LastModified = new Date(plane.clock.nowMs());
  await put(plane, { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 3_600 });
  const replaced = await put(plane, { MaximumRetryAttempts: 1 });
  assert.deepEqual(replaced, {
    LastModified,
    FunctionArn: `${ARN}:$LATEST`,
    MaximumRetryAttempts: 1,
    DestinationConfig: none,
  });
  const update = { FunctionName, MaximumEventAgeInSeconds: 60 };
  const changed = await plane.call("UpdateFunctionEventInvokeConfig", update);
  assert.deepEqual(changed, { ...replaced, MaximumEventAgeInSeconds: 60 });
  await put(plane, { Qualifier: "1", MaximumRetryAttempts: 2 });

  await using again = await plane.restart();
  assert.deepEqual(await get(again), changed);
  assert.deepEqual(await again.call("ListFunctionEventInvokeConfigs", { FunctionName }), {
    FunctionEventInvokeConfigs: [
      changed,
      { LastModified, FunctionArn: `${ARN}:1`, MaximumRetryAttempts: 2, DestinationConfig: none },
    ],
  });
  await again.call("DeleteFunctionEventInvokeConfig", { FunctionName, Qualifier: "1" });
  assert.equal(await refusal(get(again, "1")), `${notFound}The function ${ARN}:1 doesn't have an EventInvokeConfig`);
});

test("a config goes with its version, its alias and its function", async () => {
  await using plane = await aFunctionWithVersions("f", 2);
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "2" });
  for (const Qualifier of ["1", "live", "$LATEST"]) await put(plane, { Qualifier, MaximumRetryAttempts: 0 });
  await plane.call("DeleteFunction", { FunctionName, Qualifier: "1" });
  await plane.call("DeleteAlias", { FunctionName, Name: "live" });
  await plane.call("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "2" });
  await using again = await plane.restart();
  for (const it of ["1", "live"]) assert.match(await refusal(get(again, it)), /doesn't have an EventInvokeConfig/u);
  await again.call("DeleteFunction", { FunctionName });
  await makeFunction(again, "f");
  assert.match(await refusal(get(again)), /doesn't have an EventInvokeConfig/u);
});

test("destinations are functions of the account, not the function itself; an empty one is none", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  await makeFunction(plane, "told");
  const told = "arn:aws:lambda:us-east-1:111122223333:function:told";
  const onFailure = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
  const shown = await put(plane, onFailure(told));
  assert.partialDeepStrictEqual(shown, {
    DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: told } },
  });
  const cleared = await plane.call("UpdateFunctionEventInvokeConfig", { FunctionName, ...onFailure("") });
  assert.partialDeepStrictEqual(cleared, { DestinationConfig: none });

  const refused = (arn: string): Promise<string> => refusal(put(plane, onFailure(arn)));
  assert.equal(await refused(ARN), `${parameter}You can't specify the function as a destination for itself.`);
  for (const missing of [`${told}er`, `${told}:live`, told.replace("1111", "2222"), told.replace("east-1", "west-2")])
    assert.equal(await refused(missing), `${parameter}The destination ARN ${missing} is invalid.`);
  const dynamo = "arn:aws:dynamodb:us-east-1:111122223333:table/t";
  assert.equal(
    await refused(dynamo),
    `${parameter}The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${dynamo})) is invalid.`,
  );
  assert.match(await refused("arn:aws:sqs:us-east-1:111122223333:q"), /not supported by Hearth yet/u);
});

test("what says nothing, what is out of range and what is not there are refused", async () => {
  await using plane = await aFunctionWithVersions("f", 1);
  assert.equal(
    await refusal(put(plane, {})),
    `${parameter}You must specify at least one of error handling or destination setting.`,
  );
  assert.match(
    await refusal(put(plane, { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 59 })),
    /^400 ValidationException: 2 validation errors detected: Value '3' at 'maximumRetryAttempts'/u,
  );
  const missing = `${notFound}The function doesn't exist.`;
  assert.equal(await refusal(put(plane, { Qualifier: "7", MaximumRetryAttempts: 1 })), missing);
  const other = { FunctionName: "g", MaximumRetryAttempts: 1 };
  assert.equal(await refusal(plane.call("PutFunctionEventInvokeConfig", other)), missing);
  assert.equal(await refusal(plane.call("UpdateFunctionEventInvokeConfig", other)), missing);
  assert.equal(await refusal(plane.call("ListFunctionEventInvokeConfigs", { FunctionName: "g" })), missing);
  const update = plane.call("UpdateFunctionEventInvokeConfig", { FunctionName, MaximumRetryAttempts: 1 });
  assert.equal(await refusal(update), `${notFound}The function ${ARN}:$LATEST doesn't have an EventInvokeConfig`);
});
