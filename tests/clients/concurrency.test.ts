// Concurrency by the aws CLI: an alias, a reservation, provisioned concurrency, a quota and a schedule, as in AWS's own examples.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { active, aZip } from "../a-hearth.ts";
import { aLambda, Role, type TestedLambda } from "../control-plane/a-lambda.ts";
import { createAws, findAws2 } from "./aws-cli.ts";

const aws2 = await findAws2();
const skip = aws2 === undefined ? "the aws CLI version 2 is not installed" : false;
const directory = mkdtempSync(join(tmpdir(), "hearth-cli-"));
let api: TestedLambda;
before(async () => {
  api = await aLambda();
});
after(async () => {
  rmSync(directory, { recursive: true, force: true });
  await api[Symbol.asyncDispose]();
});

test("the commands of AWS's examples do what they say", { skip }, async () => {
  const aws = createAws(aws2 ?? "", api.endpoint);
  const run = async (...args: string[]): Promise<Record<string, unknown>> => {
    const text = await aws.run(...args, "--output", "json");
    return text.trim() === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const zip = join(directory, "f.zip");
  writeFileSync(zip, aZip({ "index.mjs": "export const handler = () => 1;" }));
  const name = ["--function-name", "f"];
  const settings = [
    "--runtime",
    "nodejs24.x",
    "--handler",
    "index.handler",
    "--role",
    Role,
    "--zip-file",
    `fileb://${zip}`,
  ];
  await run("lambda", "create-function", ...name, ...settings);
  await active(api.client, "f");
  await run("lambda", "publish-version", ...name);

  const alias = await run("lambda", "create-alias", ...name, "--name", "BLUE", "--function-version", "1");
  assert.equal(alias["AliasArn"], "arn:aws:lambda:us-east-1:111122223333:function:f:BLUE");
  const reserve = ["--reserved-concurrent-executions", "50"];
  const reserved = await run("lambda", "put-function-concurrency", ...name, ...reserve);
  assert.deepEqual(reserved, { ReservedConcurrentExecutions: 50 });
  const at = [...name, "--qualifier", "BLUE"];
  const amount = ["--provisioned-concurrent-executions", "10"];
  assert.equal((await run("lambda", "put-provisioned-concurrency-config", ...at, ...amount))["Status"], "IN_PROGRESS");
  const listed = await run("lambda", "list-provisioned-concurrency-configs", ...name);
  assert.equal((listed["ProvisionedConcurrencyConfigs"] as unknown[]).length, 1);

  const quota = ["--service-code", "lambda", "--quota-code", "L-B99A9384"];
  await run("service-quotas", "request-service-quota-increase", ...quota, "--desired-value", "1500");
  const account = await run("lambda", "get-account-settings");
  const { ConcurrentExecutions, UnreservedConcurrentExecutions } = account["AccountLimit"] as Record<string, number>;
  assert.deepEqual([ConcurrentExecutions, UnreservedConcurrentExecutions], [1500, 1450]);

  const dimension = ["--scalable-dimension", "lambda:function:ProvisionedConcurrency"];
  const resource = ["--service-namespace", "lambda", "--resource-id", "function:f:BLUE", ...dimension];
  await run(
    "application-autoscaling",
    "register-scalable-target",
    ...resource,
    "--min-capacity",
    "20",
    "--max-capacity",
    "40",
  );
  const config = await run("lambda", "get-provisioned-concurrency-config", ...at);
  assert.equal(config["RequestedProvisionedConcurrentExecutions"], 20);
  const schedule = ["--scheduled-action-name", "scale-out", "--schedule", "cron(45 11 * * ? *)"];
  const bounds = ["--scalable-target-action", "MinCapacity=30"];
  await run("application-autoscaling", "put-scheduled-action", ...resource, ...schedule, ...bounds);
  const actions = await run("application-autoscaling", "describe-scheduled-actions", "--service-namespace", "lambda");
  assert.equal((actions["ScheduledActions"] as Record<string, unknown>[])[0]?.["Schedule"], "cron(45 11 * * ? *)");
});
