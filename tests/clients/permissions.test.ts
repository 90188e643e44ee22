// Functions' resource-based policies by the SDK and the aws command: what another account may do with them, what a function's own
// role may, and what an explicit deny keeps from everybody.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteResourcePolicyCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, role, whyNoSandboxes } from "../a-hearth.ts";
import { createAws, findAws2 } from "./aws-cli.ts";
import { answer, create } from "./a-function.ts";

const noSandboxes = await whyNoSandboxes();
const aws2 = await findAws2();
const noAws = aws2 === undefined ? "the machine has no aws command of version 2" : false;
const OTHER = "444455556666";
const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:${name}`;

let hearth: RunningHearth;
let theirs: LambdaClient;
before(async () => {
  hearth = await aHearth(noSandboxes === undefined ? {} : { env: { HEARTH_DRIVER: "process" } });
  theirs = new LambdaClient({
    ...hearth.clientConfig,
    credentials: { accessKeyId: OTHER, secretAccessKey: "any" },
  });
});
after(async () => {
  theirs.destroy();
  await hearth[Symbol.asyncDispose]();
});

const files = { "index.mjs": `export const handler = async (event, context) => context.invokedFunctionArn;` };
const invoking = { Action: "lambda:InvokeFunction", Principal: OTHER, StatementId: "theirs" };

/** What another account's root gets for an invoke: the payload, or the exception's message. */
async function theirInvoke(FunctionName: string, more: object = {}): Promise<unknown> {
  try {
    const { Payload, StatusCode } = await theirs.send(new InvokeCommand({ FunctionName, ...more }));
    return StatusCode === 200 ? JSON.parse(Buffer.from(Payload ?? []).toString()) : StatusCode;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "AccessDeniedException");
    return error.message;
  }
}

const notAllowed = (arn: string, action = "lambda:InvokeFunction", who = `arn:aws:iam::${OTHER}:root`): string =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${arn} because no resource-based policy allows the ${action} action`;

test("another account invokes what it was allowed to, by that ARN alone, for as long as it is", async () => {
  const { lambda } = hearth;
  await create(lambda, "shared", { files });
  await lambda.send(new PublishVersionCommand({ FunctionName: "shared" }));
  await lambda.send(new CreateAliasCommand({ FunctionName: "shared", Name: "live", FunctionVersion: "1" }));
  const arn = arnOf("shared");
  assert.equal(await theirInvoke(arn), notAllowed(arn));
  assert.equal(await theirInvoke(arnOf("none")), notAllowed(arnOf("none")));

  await lambda.send(new AddPermissionCommand({ FunctionName: "shared", Qualifier: "live", ...invoking }));

  assert.equal(await theirInvoke(`${arn}:live`), `${arn}:live`);
  assert.equal(await theirInvoke(arn, { Qualifier: "live" }), `${arn}:live`);
  assert.equal(await theirInvoke(`${arn}:live`, { InvocationType: "Event" }), 202);
  assert.equal(await theirInvoke(`${arn}:live`, { InvocationType: "DryRun" }), 204);
  for (const other of [arn, `${arn}:1`, `${arn}:$LATEST`]) assert.equal(await theirInvoke(other), notAllowed(other));
  await assert.rejects(theirs.send(new GetFunctionCommand({ FunctionName: `${arn}:live` })), {
    name: "AccessDeniedException",
    message: notAllowed(`${arn}:live`, "lambda:GetFunction"),
  });

  await lambda.send(new RemovePermissionCommand({ FunctionName: "shared", Qualifier: "live", StatementId: "theirs" }));

  assert.equal(await theirInvoke(`${arn}:live`), notAllowed(`${arn}:live`));
});

test("management can be granted too", async () => {
  await create(hearth.lambda, "shown", { files });
  const FunctionName = arnOf("shown");
  await hearth.lambda.send(new AddPermissionCommand({ FunctionName, ...invoking, Action: "lambda:GetFunction" }));

  const { Configuration } = await theirs.send(new GetFunctionCommand({ FunctionName }));

  assert.equal(Configuration?.FunctionArn, FunctionName);
  assert.equal(await theirInvoke(FunctionName), notAllowed(FunctionName));
});

test("a function reaches another account's by its role, which the policy names", async () => {
  const calling = `
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
export const handler = async () => {
  const FunctionName = process.env.CALLED;
  try {
    const { Payload } = await new LambdaClient({}).send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload).toString());
  } catch (error) {
    return error.message;
  }
};`;
  const arn = `arn:aws:lambda:us-east-1:${OTHER}:function:called`;
  const Environment = { Variables: { CALLED: arn } };
  await create(hearth.lambda, "calling", { files: { "index.mjs": calling }, Environment });
  await create(theirs, "called", { files });
  const who = `arn:aws:sts::111122223333:assumed-role/${role.split("/").at(-1)}/calling`;
  const called = (): Promise<unknown> => answer(hearth.lambda, "calling");
  assert.equal(await called(), notAllowed(arn, "lambda:InvokeFunction", who));

  await theirs.send(new AddPermissionCommand({ FunctionName: "called", ...invoking, Principal: role }));

  assert.equal(await called(), arn);
});

test("an explicit deny keeps everybody out until the policy is deleted, by conditions too", async () => {
  const { lambda } = hearth;
  await create(lambda, "closed", { files });
  const ResourceArn = arnOf("closed");
  const statement = (Condition: object): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "lambda:*", Resource: ResourceArn, Condition }],
    });
  const put = async (Condition: object): Promise<void> => {
    await lambda.send(new PutResourcePolicyCommand({ ResourceArn, Policy: statement(Condition) }));
  };

  await put({ NotIpAddress: { "aws:SourceIp": ["127.0.0.0/8", "::1/128"] } });
  assert.equal(await answer(lambda, "closed"), ResourceArn);
  await put({ Bool: { "aws:SecureTransport": "false" } });
  const denied = {
    name: "AccessDeniedException",
    message: `User: arn:aws:iam::111122223333:root is not authorized to perform: lambda:InvokeFunction on resource: ${ResourceArn} with an explicit deny in a resource-based policy`,
  };
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: "closed" })), denied);
  await assert.rejects(lambda.send(new GetPolicyCommand({ FunctionName: "closed" })), { name: denied.name });
  await assert.rejects(
    lambda.send(new PutResourcePolicyCommand({ ResourceArn, Policy: '{"Statement":{"Effect":"Deny"}}' })),
    { name: "InvalidParameterValueException" },
  );
  await lambda.send(new DeleteResourcePolicyCommand({ ResourceArn }));

  assert.equal(await answer(lambda, "closed"), ResourceArn);
});

test("the aws command adds, shows and removes a permission", { skip: noAws }, async () => {
  await create(hearth.lambda, "by-command", { files });
  const aws = createAws(aws2 ?? "aws", hearth.endpoint);
  const run = async (...args: string[]): Promise<Record<string, string>> =>
    JSON.parse((await aws.run("lambda", ...args, "--function-name", "by-command")) || "{}") as Record<string, string>;
  const statement = {
    Sid: "s3",
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "lambda:InvokeFunction",
    Resource: arnOf("by-command"),
    Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" } },
  };

  const given = ["--statement-id", "s3", "--principal", "s3.amazonaws.com", "--source-arn", "arn:aws:s3:::b"];
  const added = await run("add-permission", "--action", "lambda:InvokeFunction", ...given);
  const shown = await run("get-policy");
  await run("remove-permission", "--statement-id", "s3", "--revision-id", shown["RevisionId"] ?? "");

  assert.deepEqual(JSON.parse(added["Statement"] ?? ""), statement);
  assert.deepEqual(JSON.parse(shown["Policy"] ?? ""), { Version: "2012-10-17", Id: "default", Statement: [statement] });
  await assert.rejects(run("get-policy"), /ResourceNotFoundException.*The resource you requested does not exist\./u);
});
