// Asynchronous invocations: how events are accepted, and how one attempt at them goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "../../foundation/fault.ts";
import type { InvocationResult } from "../../link/messages.ts";
import { aFunctionVersion } from "../../model/function-version.fixtures.ts";
import { aRequestContext } from "../../model/operation.fixtures.ts";
import { aFrontend, outcome, refusal } from "./frontend.fixtures.ts";

test("an event is accepted as it came, whatever room there is, and answered with nothing", async () => {
  const { invoke, accepted, worker } = aFrontend({ limit: 0 });
  const Payload = Buffer.from('{"a": 1}');
  const ClientContext = Buffer.from('{"custom":{}}').toString("base64");

  const { TraceHeader, ...answer } = await invoke({
    InvocationType: "Event",
    Payload,
    ClientContext,
    Qualifier: "$LATEST",
  });

  assert.deepEqual(answer, { StatusCode: 202, Payload: Buffer.alloc(0) });
  const [{ acceptedAtMs: _acceptedAtMs, ...event } = {}] = accepted;
  assert.deepEqual(event, {
    requestId: "request-1",
    accountId: "111122223333",
    region: "us-east-1",
    functionName: "f",
    qualifier: "$LATEST",
    traceHeader: TraceHeader,
    clientContext: '{"custom":{}}',
    payload: Payload,
  });
  assert.equal(worker.invoked.length, 0);
});

test("an event over 1 MB, one that is no JSON and one for nobody are refused", async () => {
  const { invoke, operations, accepted } = aFrontend();
  const InvocationType = "Event";
  const text = (bytes: number): Buffer => Buffer.from(`"${"x".repeat(bytes - 2)}"`);
  await invoke({ InvocationType, Payload: text(1_048_576) });
  const message = "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)";
  const tooLarge = { status: 413, code: "RequestTooLargeException", members: { message } };
  assert.deepEqual(await refusal(invoke({ InvocationType, Payload: text(1_048_577) })), tooLarge);
  const args = { FunctionName: "f", InvokeArgs: text(262_145) };
  assert.equal((await refusal(operations.InvokeAsync(args, aRequestContext()))).status, 413);
  const noJson = await refusal(invoke({ InvocationType, Payload: Buffer.from("{") }));
  assert.equal(noJson.code, "InvalidRequestContentException");
  assert.equal((await refusal(invoke({ InvocationType, Qualifier: "7" }))).status, 404);
  assert.equal(accepted.length, 1);
});

test("InvokeAsync is the same by another name", async () => {
  const { operations, accepted } = aFrontend();
  const args = { FunctionName: "f", InvokeArgs: Buffer.from("[1]") };
  assert.deepEqual(await operations.InvokeAsync(args, aRequestContext()), { Status: 202 });
  assert.equal(accepted[0]?.payload.toString(), "[1]");
});

test("an attempt runs the version that is meant then, and tells how it ended", async () => {
  let played: Partial<InvocationResult> = {};
  const { invoke, attempt, accepted, worker, catalogue, counting } = aFrontend({
    plays: { invoke: () => Promise.resolve(outcome(played)) },
  });
  const { signal } = new AbortController();
  await invoke({ InvocationType: "Event", Payload: Buffer.from("1") });
  const [event] = accepted;
  assert.ok(event);

  assert.deepEqual(await attempt(event, signal), {
    by: "answer",
    executedVersion: "$LATEST",
    functionError: undefined,
    body: Buffer.from('"done"'),
  });
  assert.equal(worker.invoked[0]?.header.requestId, "request-1");
  assert.equal(worker.invoked[0]?.event.toString(), "1");
  const trace = (header: string | undefined): string | undefined => /Root=[^;]+/u.exec(header ?? "")?.[0];
  assert.equal(trace(worker.invoked[0]?.header.traceId), trace(event.traceHeader));
  played = { functionError: "Unhandled" };
  assert.partialDeepStrictEqual(await attempt(event, signal), { by: "answer", functionError: "Unhandled" });

  const off = { reserved: 0, provisioned: new Map<string, number>() };
  catalogue.publishConcurrency(event, off);
  counting.configure(event, off);
  assert.deepEqual(await attempt(event, signal), { by: "switchedOff" });
  catalogue.remove(event);
  assert.deepEqual(await attempt(event, signal), { by: "absence" });
});

test("an attempt that finds no room or a function that can't run yet is a refusal, not the function's error", async () => {
  const throttled = aFrontend({ limit: 0 });
  const { signal } = new AbortController();
  await throttled.invoke({ InvocationType: "Event" });
  const [event] = throttled.accepted;
  assert.ok(event);
  assert.deepEqual(await throttled.attempt(event, signal), { by: "refusal", reason: "throttled" });

  const pending = aFrontend();
  pending.catalogue.remove(event);
  const reason = { state: "Pending", reason: "The function is being created.", reasonCode: "Creating" } as const;
  pending.catalogue.publish({ ...aFunctionVersion(), state: reason });
  await pending.invoke({ InvocationType: "Event" });
  assert.equal(pending.accepted.length, 1);
  assert.deepEqual(await pending.attempt(event, signal), { by: "refusal", reason: "failed" });

  const broken = aFrontend({ plays: { invoke: () => Promise.reject(new Fault("the worker died")) } });
  assert.deepEqual(await broken.attempt(event, signal), { by: "refusal", reason: "failed" });
  assert.match(String(broken.faults[0]), /the worker died/u);
});
