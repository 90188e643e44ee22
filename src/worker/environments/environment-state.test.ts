// The life of an environment: every event in every state; what is not listed is illegal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EnvironmentEvent, type EnvironmentState, transition } from "./environment-state.ts";

const states: readonly EnvironmentState[] = [
  { state: "Specialising" },
  { state: "Initialising", startedAtMs: 100 },
  { state: "Idle", failure: undefined, initMs: 40 },
  { state: "Busy", requestId: "r", initMs: 40 },
  { state: "ShuttingDown" },
  { state: "Gone" },
];
const events: readonly EnvironmentEvent[] = [
  { event: "created", nowMs: 100 },
  { event: "initialised", nowMs: 140 },
  { event: "initFailed", failure: { kind: "timeout" } },
  { event: "invoked", requestId: "r" },
  { event: "answered" },
  { event: "stopping" },
  { event: "gone" },
];

test("every event in every state", () => {
  const allowed = states.flatMap((from) =>
    events.flatMap((event) => {
      const to = transition(from, event);
      return to === undefined ? [] : [`${from.state} ${event.event} ${to.state}`];
    }),
  );

  assert.deepEqual(allowed, [
    "Specialising created Initialising",
    "Specialising stopping ShuttingDown",
    "Specialising gone Gone",
    "Initialising initialised Idle",
    "Initialising initFailed Idle",
    "Initialising stopping ShuttingDown",
    "Initialising gone Gone",
    "Idle invoked Busy",
    "Idle stopping ShuttingDown",
    "Idle gone Gone",
    "Busy answered Idle",
    "Busy stopping ShuttingDown",
    "Busy gone Gone",
    "ShuttingDown gone Gone",
  ]);
});

test("the first invocation carries the initialisation's time, the second none", () => {
  const idle = transition({ state: "Initialising", startedAtMs: 100 }, { event: "initialised", nowMs: 140 });
  assert.deepEqual(idle, { state: "Idle", failure: undefined, initMs: 40 });
  assert.ok(idle !== undefined);
  const busy = transition(idle, { event: "invoked", requestId: "r" });
  assert.deepEqual(busy, { state: "Busy", requestId: "r", initMs: 40 });
  assert.ok(busy !== undefined);
  assert.deepEqual(transition(busy, { event: "answered" }), { state: "Idle", failure: undefined, initMs: undefined });
});
