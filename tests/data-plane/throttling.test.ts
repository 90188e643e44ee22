// 429s as a client sees them: a Hearth whose accounts have a pool of two.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, whyNoSandboxes } from "../a-hearth.ts";
import { busyEnvironments } from "./environments.ts";

const skip = (await whyNoSandboxes()) ?? false;
const code = "export const handler = (event) => new Promise((r) => setTimeout(() => r('done'), event.ms ?? 0));";

test("over the account's pool an invoke is throttled with AWS's exception, and served when one has ended", {
  skip,
}, async () => {
  await using hearth = await aHearth({ env: { HEARTH_CONCURRENT_EXECUTIONS: "2" } });
  await hearth.lambda.send(
    new CreateFunctionCommand({
      FunctionName: "slow",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      MemorySize: 512,
      Timeout: 60,
      Code: { ZipFile: aZip({ "index.mjs": code }) },
    }),
  );
  await active(hearth.lambda, "slow");
  const invoke = (ms: number) =>
    hearth.lambda.send(new InvokeCommand({ FunctionName: "slow", Payload: JSON.stringify({ ms }) }));
  const running = [invoke(6000), invoke(6000)];
  await busyEnvironments(hearth, 2);

  const refused: unknown = await invoke(0).catch((error: unknown) => error);

  assert.ok(refused instanceof TooManyRequestsException, String(refused));
  assert.deepEqual(
    [refused.$metadata.httpStatusCode, refused.Reason, refused.Type, refused.message],
    [429, "ConcurrentInvocationLimitExceeded", "User", "Rate Exceeded."],
  );
  await Promise.all(running);
  assert.equal(Buffer.from((await invoke(0)).Payload ?? []).toString(), '"done"');
});
