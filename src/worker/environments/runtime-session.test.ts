// One runtime's side of the Runtime API: every call in every state, events handed over once, restores.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NextEvent, PostVerdict } from "../runtime-api/runtime-peer.ts";
import { createRuntimeSession, type RuntimeSession } from "./runtime-session.ts";
import { afterCall, type RuntimeCall, type RuntimeState } from "./runtime-state.ts";

const event = (text: string): NextEvent => ({ headers: {}, body: Buffer.from(text) });
const response = (requestId: string) => ({
  kind: "response" as const,
  requestId,
  body: Buffer.from("{}"),
  isStreaming: false,
  midStreamError: undefined,
});
const refusal = (verdict: PostVerdict | "notFound"): string =>
  verdict === "notFound" ? "notFound" : verdict.accepted ? "accepted" : `${verdict.status} ${verdict.errorType}`;

function aSession(isRestorable = false): { session: RuntimeSession; got: string[]; next(): string } {
  const got: string[] = [];
  const session = createRuntimeSession({ onWaiting: () => got.push("waiting"), isRestorable });
  return { session, got, next: () => refusal(session.onNext((it) => got.push(it.body.toString()))) };
}

test("every call is allowed in the states of AWS's own machine, and in no other", () => {
  const states: RuntimeState[] = [
    "Started",
    "InitError",
    "RestoreReady",
    "Restoring",
    "RestoreError",
    "Ready",
    "Running",
    "ResponseSent",
  ];
  const calls: RuntimeCall[] = [
    "Ready",
    "RestoreReady",
    "InitError",
    "RestoreError",
    "InvocationResponse",
    "InvocationErrorResponse",
  ];

  const allowed = states.flatMap((from) =>
    calls.flatMap((call) => {
      const to = afterCall(from, call);
      return to === undefined ? [] : [`${from} ${call} ${to}`];
    }),
  );

  assert.deepEqual(allowed, [
    "Started Ready Ready",
    "Started RestoreReady RestoreReady",
    "Started InitError InitError",
    "Restoring Ready Ready",
    "Restoring RestoreError RestoreError",
    "Ready Ready Ready",
    "Running Ready Running",
    "Running InvocationResponse ResponseSent",
    "Running InvocationErrorResponse ResponseSent",
    "ResponseSent Ready Ready",
  ]);
});

test("an event is handed over when the runtime asks, before or after it came", async () => {
  const { session, got, next } = aSession();
  next();
  const first = session.deliver("1", event("one"));
  session.onPost(response("1"));
  const second = session.deliver("2", event("two"));
  next();
  session.onPost(response("2"));

  assert.deepEqual(got, ["waiting", "one", "two"]);
  assert.deepEqual([(await first).requestId, (await second).requestId], ["1", "2"]);
  assert.deepEqual(await session.initialised, { ok: true });
});

test("a wrong id is 400, a second answer 403 with both states' names, and the event is given again while it runs", () => {
  const { session, got, next } = aSession();
  next();
  void session.deliver("1", event("one"));
  next();

  assert.equal(refusal(session.onPost(response("other"))), "400 InvalidRequestID");
  assert.equal(refusal(session.onPost(response("1"))), "accepted");
  const twice = session.onPost(response("1"));
  assert.deepEqual(twice, {
    accepted: false,
    status: 403,
    errorType: "InvalidStateTransition",
    errorMessage:
      "State transition from ResponseSent to InvocationResponse failed for runtime. Error: State transition is not allowed",
  });
  assert.deepEqual(got, ["waiting", "one", "one"]);
});

test("an initialisation's error is taken once, and not after the first next", async () => {
  const failed = aSession().session;
  assert.equal(refusal(failed.onPost({ kind: "initError", body: Buffer.from("why") })), "accepted");
  assert.equal(refusal(failed.onPost({ kind: "initError", body: Buffer.from("again") })), "403 InvalidStateTransition");
  assert.deepEqual(await failed.initialised, { ok: false, body: Buffer.from("why") });
  const { session, next } = aSession();
  next();
  assert.equal(refusal(session.onPost({ kind: "initError", body: Buffer.alloc(0) })), "403 InvalidStateTransition");
});

test("only a session that can be restored has the restore endpoints; its hooks run after the restore", async () => {
  const plain = aSession().session;
  assert.equal(
    plain.onRestoreNext(() => undefined),
    "notFound",
  );
  assert.equal(plain.onPost({ kind: "restoreError", body: Buffer.alloc(0) }), "notFound");

  const { session, got, next } = aSession(true);
  assert.equal(refusal(session.onRestoreNext(() => got.push("restored"))), "accepted");
  assert.deepEqual([await session.initialised, session.isWaiting(), got], [{ ok: true }, true, ["waiting"]]);
  assert.equal(next(), "403 InvalidStateTransition");
  const restored = session.restore();
  assert.deepEqual(got, ["waiting", "restored"]);
  next();
  assert.deepEqual(await restored, { ok: true });
});

test("an after-restore hook that fails is told", async () => {
  const { session } = aSession(true);
  session.onRestoreNext(() => undefined);
  const restored = session.restore();

  assert.equal(refusal(session.onPost({ kind: "restoreError", body: Buffer.from("hook") })), "accepted");
  assert.deepEqual(await restored, { ok: false, body: Buffer.from("hook") });
});
