// Reserved concurrency with real invocations in flight: a guarantee for its function, a ceiling for it and for all others.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  InvalidParameterValueException,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { aFunction, events, invoke, quiet } from "./functions.ts";

const skip = (await whyNoSandboxes()) ?? false;
const code = "export const handler = (event) => new Promise((r) => setTimeout(() => r('done'), event.ms ?? 0));";
const HELD_MS = 6_000;

async function refused(hearth: RunningHearth, FunctionName: string): Promise<readonly unknown[]> {
  const error: unknown = await invoke(hearth, { FunctionName }).catch((reason: unknown) => reason);
  assert.ok(error instanceof TooManyRequestsException, String(error));
  const { $metadata, Reason, Type, message, retryAfterSeconds } = error;
  return [$metadata.httpStatusCode, Reason, Type, message, retryAfterSeconds];
}

const ofReserved = [429, "ReservedFunctionConcurrentInvocationLimitExceeded", "User", "Rate Exceeded.", "1"];
const ofPool = [429, "ConcurrentInvocationLimitExceeded", "User", "Rate Exceeded.", "1"];

test("a reserved function has all of its share while the others use up the rest, and each side its own refusal", {
  skip,
}, async () => {
  await using hearth = await aHearth({ env: { HEARTH_CONCURRENT_EXECUTIONS: "14" } });
  const { lambda } = hearth;
  for (const name of ["reserved", "a", "b"]) await aFunction(hearth, name, { "index.mjs": code });
  const reserve = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "reserved", ReservedConcurrentExecutions }));
  await assert.rejects(reserve(5), (error: unknown) => {
    assert.ok(error instanceof InvalidParameterValueException);
    return error.message.endsWith("below its minimum value of [10].");
  });
  await reserve(4);
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  assert.deepEqual([AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions], [14, 10]);

  const hold = (FunctionName: string, count: number) =>
    Array.from({ length: count }, () => invoke(hearth, { FunctionName, event: { ms: HELD_MS } }));
  const others = [...hold("a", 5), ...hold("b", 5)];
  await events(hearth, "EnvironmentRequested", 10);
  assert.deepEqual(await refused(hearth, "a"), ofPool);
  assert.deepEqual(await refused(hearth, "b"), ofPool);
  const own = hold("reserved", 4);
  await events(hearth, "EnvironmentRequested", 14);
  assert.deepEqual(await refused(hearth, "reserved"), ofReserved);
  assert.deepEqual(
    await Promise.all([...others, ...own]),
    Array.from({ length: 14 }, () => "done"),
  );

  await reserve(0);
  assert.deepEqual(await refused(hearth, "reserved"), ofReserved);
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "reserved" }));
  const after = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: "reserved" }));
  assert.equal(after.ReservedConcurrentExecutions, undefined);
  assert.equal(await invoke(hearth, { FunctionName: "reserved" }), "done");
  const [pool] = (await quiet(hearth)).concurrency;
  assert.deepEqual([pool?.limit, pool?.claimed, pool?.inFlight], [14, 0, 0]);
});
