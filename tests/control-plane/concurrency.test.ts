// Aliases, concurrency, quotas and scaling by their own SDK clients, over the wire: what one says, the others know.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ApplicationAutoScalingClient,
  ApplicationAutoScalingServiceException,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  ListAliasesCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import {
  GetServiceQuotaCommand,
  ListRequestedServiceQuotaChangeHistoryCommand,
  ListServiceQuotasCommand,
  RequestServiceQuotaIncreaseCommand,
  ServiceQuotasClient,
  ServiceQuotasServiceException,
} from "@aws-sdk/client-service-quotas";
import { active } from "../a-hearth.ts";
import { aLambda, creation, refusal, type TestedLambda } from "./a-lambda.ts";

let api: TestedLambda;
let lambda: LambdaClient;
let quotas: ServiceQuotasClient;
let scaling: ApplicationAutoScalingClient;
before(async () => {
  api = await aLambda();
  lambda = api.client;
  const config = {
    endpoint: api.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
  };
  quotas = new ServiceQuotasClient(config);
  scaling = new ApplicationAutoScalingClient(config);
});
after(async () => {
  quotas.destroy();
  scaling.destroy();
  await api[Symbol.asyncDispose]();
});

/** A function with versions 1 and 2. */
async function withVersions(FunctionName: string): Promise<string> {
  await lambda.send(creation(FunctionName));
  await active(lambda, FunctionName);
  for (const Description of ["one", "two"]) await lambda.send(new PublishVersionCommand({ FunctionName, Description }));
  return FunctionName;
}

async function status(run: Promise<{ $metadata: { httpStatusCode?: number | undefined } }>): Promise<unknown> {
  return (await run).$metadata.httpStatusCode;
}

async function limits(): Promise<readonly (number | undefined)[]> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return [AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions];
}

test("aliases: created, read, updated, listed and deleted", async () => {
  const FunctionName = await withVersions("aliased");
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.25 } };
  const creating = lambda.send(
    new CreateAliasCommand({ FunctionName, Name: "prod", FunctionVersion: "1", RoutingConfig }),
  );

  assert.equal(await status(creating), 201);
  const { $metadata: _, ...created } = await creating;
  const { $metadata: __, ...read } = await lambda.send(new GetAliasCommand({ FunctionName, Name: "prod" }));
  assert.deepEqual(read, created);
  assert.deepEqual(read.RoutingConfig, RoutingConfig);
  const through = await lambda.send(new GetFunctionCommand({ FunctionName, Qualifier: "prod" }));
  assert.deepEqual(
    [through.Configuration?.FunctionArn, through.Configuration?.Version],
    ["arn:aws:lambda:us-east-1:111122223333:function:aliased:prod", "1"],
  );
  const update = (more: object) => lambda.send(new UpdateAliasCommand({ FunctionName, Name: "prod", ...more }));
  const moved = await update({ FunctionVersion: "2", RoutingConfig: {}, RevisionId: created.RevisionId });
  assert.deepEqual([moved.FunctionVersion, moved.RoutingConfig], ["2", undefined]);
  assert.match(await refusal(update({ RevisionId: created.RevisionId })), /^412 PreconditionFailedException/u);
  const { Aliases } = await lambda.send(new ListAliasesCommand({ FunctionName, FunctionVersion: "2" }));
  assert.deepEqual(
    Aliases?.map((it) => it.Name),
    ["prod"],
  );
  assert.equal(await status(lambda.send(new DeleteAliasCommand({ FunctionName, Name: "prod" }))), 204);
  assert.match(
    await refusal(lambda.send(new GetAliasCommand({ FunctionName, Name: "prod" }))),
    /^404 ResourceNotFoundException: Cannot find alias arn: /u,
  );
});

test("a reservation comes out of the account's pool and goes back into it", async () => {
  const FunctionName = await withVersions("reserving");
  const [limit = 0, before = 0] = await limits();
  const put = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

  assert.equal((await put(25)).ReservedConcurrentExecutions, 25);
  assert.deepEqual(await limits(), [limit, before - 25]);
  const shown = await lambda.send(new GetFunctionCommand({ FunctionName }));
  assert.deepEqual(shown.Concurrency, { ReservedConcurrentExecutions: 25 });
  assert.equal(
    await refusal(put(before)),
    "400 InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
  assert.equal(await status(lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))), 204);
  const { $metadata: _, ...rest } = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  assert.deepEqual(rest, {});
  assert.deepEqual(await limits(), [limit, before]);
});

test("provisioned concurrency: put, read, listed and deleted, on a version and an alias", async () => {
  const FunctionName = await withVersions("provisioned");
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: "prod", FunctionVersion: "1" }));
  const put = (Qualifier: string, ProvisionedConcurrentExecutions = 2) =>
    lambda.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
    );

  const putting = put("prod");
  assert.equal(await status(putting), 202);
  const { $metadata: _, LastModified, ...answer } = await putting;
  assert.match(LastModified ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/u);
  assert.deepEqual(answer, {
    RequestedProvisionedConcurrentExecutions: 2,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
  });
  await put("2", 3);
  const { ProvisionedConcurrencyConfigs } = await lambda.send(
    new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
  );
  assert.deepEqual(
    ProvisionedConcurrencyConfigs?.map((it) => [it.FunctionArn, it.RequestedProvisionedConcurrentExecutions]),
    [
      ["arn:aws:lambda:us-east-1:111122223333:function:provisioned:2", 3],
      ["arn:aws:lambda:us-east-1:111122223333:function:provisioned:prod", 2],
    ],
  );
  assert.match(await refusal(put("1")), /^409 ResourceConflictException: Version is pointed by/u);
  const named = { FunctionName, Qualifier: "prod" };
  assert.equal(await status(lambda.send(new DeleteProvisionedConcurrencyConfigCommand(named))), 204);
  assert.equal(
    await refusal(lambda.send(new GetProvisionedConcurrencyConfigCommand(named))),
    "404 ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function",
  );
});

test("a quota that is raised is what GetAccountSettings shows, in its own region", async () => {
  const quota = { ServiceCode: "lambda", QuotaCode: "L-B99A9384" };
  const [, before = 0] = await limits();
  const ask = (DesiredValue: number) => quotas.send(new RequestServiceQuotaIncreaseCommand({ ...quota, DesiredValue }));

  const { RequestedQuota } = await ask(2500);
  assert.deepEqual([RequestedQuota?.Status, RequestedQuota?.Created instanceof Date], ["APPROVED", true]);
  assert.deepEqual(await limits(), [2500, before + 1500]);
  assert.equal((await quotas.send(new GetServiceQuotaCommand(quota))).Quota?.Value, 2500);
  const { Quotas } = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: "lambda" }));
  assert.ok(Quotas?.some((it) => it.QuotaName === "Function timeout" && it.Value === 900));
  const { RequestedQuotas } = await quotas.send(new ListRequestedServiceQuotaChangeHistoryCommand({}));
  assert.deepEqual(
    RequestedQuotas?.map((it) => it.Id),
    [RequestedQuota?.Id],
  );
  const refused = await ask(2500).catch((error: unknown) => error);
  assert.ok(refused instanceof ServiceQuotasServiceException);
  assert.deepEqual(
    [refused.name, refused.message],
    ["IllegalArgumentException", "You must provide a quota value greater than the current quota value"],
  );
});

test("registering a scalable target provisions up to its minimum, and policies and schedules stand beside it", async () => {
  const FunctionName = await withVersions("scaled");
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: "prod", FunctionVersion: "2" }));
  const resource = {
    ServiceNamespace: "lambda",
    ResourceId: "function:scaled:prod",
    ScalableDimension: "lambda:function:ProvisionedConcurrency",
  } as const;
  const { ScalableTargetARN } = await scaling.send(
    new RegisterScalableTargetCommand({ ...resource, MinCapacity: 2, MaxCapacity: 5 }),
  );

  const config = await lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "prod" }));
  assert.equal(config.RequestedProvisionedConcurrentExecutions, 2);
  const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "lambda" }));
  assert.deepEqual(
    ScalableTargets?.map((it) => [it.ScalableTargetARN, it.MinCapacity, it.CreationTime instanceof Date]),
    [[ScalableTargetARN, 2, true]],
  );
  const { Alarms } = await scaling.send(
    new PutScalingPolicyCommand({
      ...resource,
      PolicyName: "seventy",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 0.7,
        PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
      },
    }),
  );
  assert.equal(Alarms?.length, 2);
  const StartTime = new Date("2100-01-01T00:00:00Z");
  await scaling.send(
    new PutScheduledActionCommand({
      ...resource,
      ScheduledActionName: "mornings",
      Schedule: "cron(0 9 ? * MON-FRI *)",
      Timezone: "Europe/Berlin",
      StartTime,
      ScalableTargetAction: { MinCapacity: 3 },
    }),
  );
  const { ScheduledActions } = await scaling.send(new DescribeScheduledActionsCommand({ ServiceNamespace: "lambda" }));
  assert.deepEqual(ScheduledActions?.[0]?.StartTime, StartTime);
  const { ScalingActivities } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ServiceNamespace: "lambda" }),
  );
  assert.deepEqual(
    ScalingActivities?.map((it) => it.Cause),
    ["minimum capacity was set to 2"],
  );
  const refused = await scaling
    .send(
      new RegisterScalableTargetCommand({
        ...resource,
        ResourceId: "function:scaled:$LATEST",
        MinCapacity: 1,
        MaxCapacity: 1,
      }),
    )
    .catch((error: unknown) => error);
  assert.ok(refused instanceof ApplicationAutoScalingServiceException);
  assert.deepEqual(
    [refused.name, refused.message],
    ["ValidationException", "Unsupported service namespace, resource type or scalable dimension"],
  );
});
