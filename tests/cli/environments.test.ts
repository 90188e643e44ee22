// What `hearth environments` and `hearth invoke --trace` show of a real Hearth: first a cold start, then a warm one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role } from "../a-hearth.ts";

const hearth = fileURLToPath(new URL("../../bin/hearth", import.meta.url));

function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, HEARTH_NODE: process.execPath };
    execFile("sh", [hearth, ...args], { env }, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

test("an invocation's trace is drawn cold and warm, and its environment is listed with its start", async () => {
  await using running = await aHearth();
  const { port } = new URL(running.endpoint);
  // The account of the command line.
  const credentials = { accessKeyId: "000000000000", secretAccessKey: "any" };
  const lambda = new LambdaClient({ endpoint: running.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "traced",
      Role: role.replace("111122223333", "000000000000"),
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 512,
      Code: { ZipFile: aZip({ "index.mjs": "export const handler = async () => 'done';" }) },
    }),
  );
  await active(lambda, "traced");
  lambda.destroy();

  const cold = await run("invoke", "traced", "--trace", "--port", port);
  const warm = await run("invoke", "traced", "--trace", "--json", "--port", port);
  const listed = await run("environments", "traced", "--port", port);

  assert.equal(cold.stdout.trim(), '"done"');
  assert.match(cold.stderr, /^cold, pool level [012].* ms$/mu);
  assert.match(cold.stderr, /^ {2}init +█+ +[\d.]+ ms$/mu);
  assert.match(cold.stderr, /^ {2}invoke +█+ +[\d.]+ ms$/mu);
  const { trace } = JSON.parse(warm.stdout) as { trace: { isCold: boolean; tookMs: number } };
  assert.equal(trace.isCold, false);
  assert.match(listed.stdout, /^ENVIRONMENT +FUNCTION +STATE/mu);
  assert.match(listed.stdout, /^[0-9a-f]{12} +traced:\$LATEST +Idle +on-demand +[0-9a-f]{8} +[012] +\d+ ms/mu);
  assert.equal((await run("environments", "nobody", "--port", port)).stdout, "There is no execution environment.\n");
});
