// Which events are taken in: by their order, age and size, and what a function's own claims about time come to.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ServiceException } from "../../model/operation.ts";
import { plausibleEvents, sortOutEvents } from "./ingestion-rules.ts";

const NOW_MS = 1_767_225_600_000;
const DAY_MS = 86_400_000;
const at = (...times: number[]) => times.map((it) => ({ timestampMs: NOW_MS + it, message: "x" }));

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ServiceException);
    return `${error.code}: ${error.message}`;
  }
  return "taken";
}

test("what is out of order, spans more than a day or is too large is refused whole", () => {
  assert.equal(
    refusal(() => sortOutEvents(at(1, 0), NOW_MS, null)),
    "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.",
  );
  assert.equal(
    refusal(() => sortOutEvents(at(-DAY_MS - 1, 0), NOW_MS, null)),
    "InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
  );
  const large = [{ timestampMs: NOW_MS, message: "x".repeat(1_048_576 - 25) }];
  assert.equal(
    refusal(() => sortOutEvents(large, NOW_MS, null)),
    "InvalidParameterException: Upload too large: 1048577 bytes exceeds limit of 1048576",
  );
});

test("what has passed the group's retention is left out and named", () => {
  const { taken, rejected } = sortOutEvents(at(-DAY_MS - 5, -DAY_MS - 1, -DAY_MS), NOW_MS, 1);

  assert.equal(taken.length, 1);
  assert.deepEqual(rejected, { expiredLogEventEndIndex: 2 });
});

test("whatever time a function claims, its event is stored within AWS's window, and a plausible claim is kept", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer({ min: NOW_MS - 20 * DAY_MS, max: NOW_MS + DAY_MS })), (claimed) => {
      const [event] = plausibleEvents([{ timestampMs: claimed, message: "x" }], NOW_MS);
      const stored = event?.timestampMs ?? Number.NaN;

      assert.ok(Number.isSafeInteger(stored) && stored >= NOW_MS - 14 * DAY_MS && stored <= NOW_MS + 2 * 3_600_000);
      assert.ok(stored === claimed || stored === NOW_MS);
    }),
  );
});
