// Reserved concurrency with real invocations in flight: a guarantee for its function, a ceiling for it and for all others.
import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { test } from "node:test";
import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  InvalidParameterValueException,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { signedFetch } from "../signed-fetch.ts";
import { aFunction, eventsAfter, eventually, healthOf, invoke, quiet } from "./functions.ts";

/** What two hundred environments take, and Hearth beside them. */
const MEMORY_BYTES_MIN = 12 * 2 ** 30;
const skip =
  (await whyNoSandboxes()) ??
  (totalmem() < MEMORY_BYTES_MIN ? "200 invocations in flight take a machine of 12 GiB" : false);
/** Holds on until a function named release has been invoked. */
const code = `${signedFetch}
export const handler = async ({ after }) => {
  for (let isReleased = after === undefined; !isReleased; ) {
    const answer = await signedFetch("/_hearth/events?wait=30&after=" + after);
    const { events, next } = await answer.json();
    isReleased = events.some((it) => it.event === "InvocationEnded" && it.deploymentId.includes("/release:"));
    after = next;
  }
  return "done";
};`;
const RESERVED = 100;
/** What a pool must leave to all others. */
const UNRESERVED = 100;
/** One is the releasing function's own. */
const POOL = RESERVED + UNRESERVED + 1;
const HELD = RESERVED + UNRESERVED;

async function refused(hearth: RunningHearth, FunctionName: string): Promise<readonly unknown[]> {
  const error: unknown = await invoke(hearth, { FunctionName }).catch((reason: unknown) => reason);
  assert.ok(error instanceof TooManyRequestsException, String(error));
  const { $metadata, Reason, Type, message, retryAfterSeconds } = error;
  return [$metadata.httpStatusCode, Reason, Type, message, retryAfterSeconds];
}

const inFlight = async (hearth: RunningHearth): Promise<number | undefined> =>
  (await healthOf(hearth)).concurrency[0]?.inFlight;

const ofReserved = [429, "ReservedFunctionConcurrentInvocationLimitExceeded", "User", "Rate Exceeded.", "1"];
const ofPool = [429, "ConcurrentInvocationLimitExceeded", "User", "Rate Exceeded.", "1"];

test("a reserved function has all of its share while the others use up the rest, and each side its own refusal", {
  skip,
}, async () => {
  await using started = await aHearth({ env: { HEARTH_CONCURRENT_EXECUTIONS: String(POOL) } });
  // The SDK's own bound is 50.
  const lambda = new LambdaClient({
    endpoint: started.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: POOL + 10 } },
  });
  const hearth = { ...started, lambda };
  for (const name of ["reserved", "a", "b", "release"])
    await aFunction(hearth, name, { "index.mjs": code }, { Timeout: 600 });
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "release", ReservedConcurrentExecutions: 1 }));
  const reserve = (ReservedConcurrentExecutions: number) =>
    lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "reserved", ReservedConcurrentExecutions }));
  await assert.rejects(reserve(RESERVED + 1), (error: unknown) => {
    assert.ok(error instanceof InvalidParameterValueException);
    return error.message.endsWith("below its minimum value of [100].");
  });
  await reserve(RESERVED);
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  assert.deepEqual(
    [AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions],
    [POOL, UNRESERVED],
  );

  const { next: since } = await eventsAfter(hearth, Number.MAX_SAFE_INTEGER);
  const hold = (FunctionName: string, count: number) =>
    Array.from({ length: count }, () => invoke(hearth, { FunctionName, event: { after: since } }));
  const others = [...hold("a", UNRESERVED / 2), ...hold("b", UNRESERVED / 2)];
  await eventually(hearth, "a full pool", async () => ((await inFlight(hearth)) === UNRESERVED ? true : undefined));
  assert.deepEqual(await refused(hearth, "a"), ofPool);
  assert.deepEqual(await refused(hearth, "b"), ofPool);
  const own = hold("reserved", RESERVED);
  await eventually(hearth, "all in flight", async () => ((await inFlight(hearth)) === HELD ? true : undefined));
  assert.deepEqual(await refused(hearth, "reserved"), ofReserved);
  assert.deepEqual(await refused(hearth, "a"), ofPool);
  assert.equal(await invoke(hearth, { FunctionName: "release", event: {} }), "done");
  assert.deepEqual(
    await Promise.all([...others, ...own]),
    Array.from({ length: HELD }, () => "done"),
  );

  await reserve(0);
  assert.deepEqual(await refused(hearth, "reserved"), ofReserved);
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "reserved" }));
  const after = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: "reserved" }));
  assert.equal(after.ReservedConcurrentExecutions, undefined);
  assert.equal(await invoke(hearth, { FunctionName: "reserved" }), "done");
  const [pool] = (await quiet(hearth)).concurrency;
  assert.deepEqual([pool?.limit, pool?.claimed, pool?.inFlight], [POOL, 1, 0]);
  lambda.destroy();
});
