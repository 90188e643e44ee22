// Extensions' side of the Extensions API: registration, events, readiness, failures and the end, call by call.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExtensionEvent } from "../extensions-api/extensions-peer.ts";
import type { Refusal } from "../http/refusal.ts";
import { ExtensionSessions } from "./extension-sessions.ts";
import { allowsCall, type ExtensionCall, type ExtensionState } from "./extension-state.ts";

const owner = { functionName: "f", version: "$LATEST", handler: "index.handler", accountId: "111122223333" };
const notice = { deadlineMs: 5, requestId: "r", invokedFunctionArn: "arn", traceId: "Root=1" };
const exited = (code: number) => ({ kind: "exited" as const, code });

const saying = (verdict: { accepted: true } | Refusal): string => (verdict.accepted ? "accepted" : verdict.errorType);

function identifierOf(sessions: ExtensionSessions, name: string, events: readonly string[]): string {
  const registered = sessions.register(name, events);
  assert.ok(registered.accepted, JSON.stringify(registered));
  return registered.identifier;
}

/** What has happened by now: promises that are settled have told. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));

function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), settled().then(() => false)]);
}

test("every call is allowed in the states of AWS's own machine, and in no other", () => {
  const states: ExtensionState[] = [
    "Started",
    "Registered",
    "Ready",
    "Running",
    "InitError",
    "ExitError",
    "Exited",
    "LaunchError",
  ];
  const calls: ExtensionCall[] = ["Registered", "Ready", "InitError", "ExitError"];

  const allowed = states.map((state) => [state, calls.filter((call) => allowsCall(state, call))]);

  assert.deepEqual(Object.fromEntries(allowed), {
    Started: ["Registered"],
    Registered: ["Ready", "InitError", "ExitError"],
    Ready: ["ExitError"],
    Running: ["Ready", "ExitError"],
    InitError: ["InitError"],
    ExitError: ["ExitError"],
    Exited: [],
    LaunchError: [],
  });
});

test("initialisation waits for the registration of all that were started, and then for each one's first next", async () => {
  const sessions = new ExtensionSessions(owner, ["a", "b"]);
  const registered = sessions.registered();

  const a = identifierOf(sessions, "a", ["INVOKE"]);
  assert.equal(await isSettled(registered), false);
  const b = identifierOf(sessions, "b", ["SHUTDOWN"]);
  assert.equal(await isSettled(registered), true);
  const inner = identifierOf(sessions, "inner", ["INVOKE"]);
  const ready = sessions.ready();
  for (const it of [a, b]) sessions.onNext(it, () => undefined);
  assert.equal(await isSettled(ready), false);
  sessions.onNext(inner, () => undefined);

  assert.equal(await isSettled(ready), true);
  assert.equal(saying(sessions.register("late", []) as Refusal), "Extension.RegistrationClosed");
});

test("an invocation is done when each that heard of it asks for the next event", async () => {
  const sessions = new ExtensionSessions(owner, ["hears", "sleeps"]);
  const got: ExtensionEvent[] = [];
  const hears = identifierOf(sessions, "hears", ["INVOKE", "SHUTDOWN"]);
  const sleeps = identifierOf(sessions, "sleeps", ["SHUTDOWN"]);
  sessions.onNext(hears, (event) => got.push(event));
  sessions.onNext(sleeps, () => assert.fail("it did not ask for invocations"));

  sessions.invoke(notice);
  const done = sessions.done();

  assert.deepEqual(JSON.parse(got[0]?.body ?? ""), {
    eventType: "INVOKE",
    deadlineMs: 5,
    requestId: "r",
    invokedFunctionArn: "arn",
    tracing: { type: "X-Amzn-Trace-Id", value: "Root=1" },
  });
  assert.deepEqual([sessions.areDone(), await isSettled(done)], [false, false]);
  sessions.onNext(hears, () => undefined);
  assert.deepEqual([sessions.areDone(), await isSettled(done)], [true, true]);
});

test("what is not allowed is refused in AWS's words", () => {
  const sessions = new ExtensionSessions(owner, ["a"]);
  const refusal = (verdict: { accepted: true } | Refusal): unknown =>
    verdict.accepted ? "accepted" : [verdict.status, verdict.errorType, verdict.errorMessage];

  const unknown = refusal(sessions.register("a", ["INVOKE", "LUNCH"]) as Refusal);
  const shutdown = refusal(sessions.register("inner", ["SHUTDOWN"]) as Refusal);
  const a = identifierOf(sessions, "a", ["INVOKE"]);
  const twice = refusal(sessions.register("a", []) as Refusal);
  identifierOf(sessions, "inner", []);
  const twiceInner = refusal(sessions.register("inner", []) as Refusal);
  sessions.onNext(a, () => undefined);
  const again = refusal(sessions.onNext(a, () => undefined));
  for (let number = 3; number <= 10; number++) identifierOf(sessions, `inner ${number}`, []);
  const tooMany = refusal(sessions.register("inner 11", []) as Refusal);

  assert.deepEqual(unknown, [403, "Extension.InvalidEventType", "LUNCH: ErrorInvalidEventType"]);
  assert.deepEqual(shutdown, [
    403,
    "Extension.InvalidEventType",
    "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
  ]);
  assert.deepEqual(twice, [
    403,
    "Extension.InvalidExtensionState",
    "State transition from Registered to Registered failed for extension a. Error: State transition is not allowed",
  ]);
  assert.deepEqual(twiceInner, [403, "Extension.InvalidExtensionState", "Extension with this name already registered"]);
  assert.deepEqual(again, [
    403,
    "Extension.InvalidExtensionState",
    "State transition from Ready to Ready failed for extension a. Error: State transition is not allowed",
  ]);
  assert.deepEqual(tooMany, [403, "Extension.TooManyExtensions", "Extension limit (10) reached"]);
});

test("each way to fail has its name", async () => {
  const failure = async (play: (sessions: ExtensionSessions) => void): Promise<unknown> => {
    const sessions = new ExtensionSessions(owner, ["a"]);
    play(sessions);
    const { errorType, about } = await sessions.failed;
    return [errorType, about, sessions.summaries()[0]?.state];
  };
  const register = (sessions: ExtensionSessions): string => identifierOf(sessions, "a", []);

  assert.deepEqual(await failure((it) => it.exited("a", exited(126))), [
    "Extension.LaunchError",
    "fork/exec /opt/extensions/a: permission denied",
    "LaunchError",
  ]);
  assert.deepEqual(await failure((it) => it.exited("a", exited(0))), ["Extension.Crash", "exit code 0", "Exited"]);
  assert.deepEqual(
    await failure((it) => {
      register(it);
      it.exited("a", { kind: "signalled", signal: 9 });
    }),
    ["Extension.Crash", "signal: killed", "Exited"],
  );
  assert.deepEqual(await failure((it) => void it.onError(register(it), "init", "Extension.NoConfig")), [
    "Extension.InitError",
    "Extension.NoConfig",
    "InitError",
  ]);
  assert.deepEqual(await failure((it) => void it.onError(register(it), "exit", "Extension.Oops")), [
    "Extension.ExitError",
    "Extension.Oops",
    "ExitError",
  ]);
});

test("the end is told to who wants to know, busy ones included, and waits until they have gone", async () => {
  const sessions = new ExtensionSessions(owner, ["idle", "busy", "indifferent"]);
  const got: string[] = [];
  const idle = identifierOf(sessions, "idle", ["SHUTDOWN"]);
  const busy = identifierOf(sessions, "busy", ["INVOKE", "SHUTDOWN"]);
  const indifferent = identifierOf(sessions, "indifferent", []);
  for (const [name, id] of Object.entries({ idle, busy, indifferent }))
    sessions.onNext(id, ({ eventType }) => got.push(`${name} ${eventType}`));
  sessions.invoke(notice);

  const gone = sessions.shutdown("timeout", 9);
  sessions.onNext(busy, ({ body }) => got.push(body));

  assert.deepEqual(got, [
    "busy INVOKE",
    "idle SHUTDOWN",
    '{"eventType":"SHUTDOWN","shutdownReason":"timeout","deadlineMs":9}',
  ]);
  sessions.exited("idle", exited(0));
  assert.equal(await isSettled(gone), false);
  sessions.exited("busy", exited(1));
  assert.equal(await isSettled(gone), true);
  assert.equal(await isSettled(sessions.failed), false);
});
