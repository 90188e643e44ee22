// When an event is tried again and when it is given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AttemptOutcome } from "../../model/async-event.ts";
import { DEFAULT_ERROR_HANDLING, isTooOld, type NextStep, nextStep } from "./next-step.ts";

const failure: AttemptOutcome = {
  by: "answer",
  executedVersion: "1",
  functionError: "Unhandled",
  body: Buffer.from('{"errorType":"E"}'),
};
const success: AttemptOutcome = {
  by: "answer",
  executedVersion: "1",
  functionError: undefined,
  body: Buffer.from("1"),
};
const throttle: AttemptOutcome = { by: "refusal", reason: "throttled" };
const HOUR_MS = 3_600_000;

/** The steps of an event that is accepted at 0 and each of whose attempts takes no time. */
function course(outcomes: readonly AttemptOutcome[], handling = DEFAULT_ERROR_HANDLING): string[] {
  const steps: string[] = [];
  let [nowMs, failures, refusals] = [0, 0, 0];
  for (const outcome of outcomes) {
    const next: NextStep = nextStep({ acceptedAtMs: 0, failures, refusals }, outcome, handling, nowMs);
    steps.push(
      next.step === "retry" ? `+${(next.dueMs - nowMs) / 1000} s` : next.step === "drop" ? next.reason : "done",
    );
    if (next.step !== "retry") break;
    [nowMs, failures, refusals] = [next.dueMs, next.failures, next.refusals];
  }
  return steps;
}

test("an error is tried again after one minute, and after two more; then the event is given up", () => {
  assert.deepEqual(course([failure, failure, failure]), ["+60 s", "+120 s", "RetriesExhausted"]);
  assert.deepEqual(course([failure, success]), ["+60 s", "done"]);
  assert.deepEqual(course([failure], { ...DEFAULT_ERROR_HANDLING, maximumRetryAttempts: 0 }), ["RetriesExhausted"]);
});

test("a throttle doubles its wait from one second to five minutes, and is no attempt", () => {
  const waits = course([...Array.from({ length: 11 }, () => throttle), failure, failure, failure]);
  const doubled = ["+1 s", "+2 s", "+4 s", "+8 s", "+16 s", "+32 s", "+64 s", "+128 s", "+256 s", "+300 s", "+300 s"];
  assert.deepEqual(waits, [...doubled, "+60 s", "+120 s", "RetriesExhausted"]);
  assert.deepEqual(course([throttle, throttle, failure, throttle]), ["+1 s", "+2 s", "+60 s", "+1 s"]);
});

test("what can't be had any more, and what is switched off, is not asked for again", () => {
  assert.deepEqual(course([{ by: "absence" }]), ["FunctionNotFound"]);
  assert.deepEqual(course([{ by: "switchedOff" }]), ["ZeroReservedConcurrency"]);
});

test("no event is put off beyond its age, and each comes to an end", () => {
  const outcome = fc.constantFrom(failure, throttle);
  const handling = fc.record({
    maximumRetryAttempts: fc.integer({ min: 0, max: 2 }),
    maximumEventAgeMs: fc.integer({ min: 60_000, max: 6 * HOUR_MS }),
  });
  fc.assert(
    fc.property(fc.infiniteStream(outcome), handling, (outcomes, given) => {
      let [nowMs, failures, refusals] = [0, 0, 0];
      for (let attempts = 0; attempts < 200; attempts++) {
        const before = { acceptedAtMs: 0, failures, refusals };
        if (isTooOld(before, given, nowMs)) return true;
        const { value } = outcomes.next();
        const next = nextStep(before, value ?? failure, given, nowMs);
        if (next.step !== "retry") return next.step === "drop" && failures === given.maximumRetryAttempts;
        assert.ok(next.dueMs > nowMs && next.dueMs <= given.maximumEventAgeMs);
        [nowMs, failures, refusals] = [next.dueMs, next.failures, next.refusals];
      }
      return false;
    }),
  );
});
