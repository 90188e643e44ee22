// When scheduled actions take place: each form, in time zones, within start and end, and what is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type GivenSchedule, lastDue, type NextTime, parseSchedule } from "./schedule.ts";

const at = (iso: string): number => new Date(iso).getTime();
const MONDAY = "2026-11-23T00:00:00Z";

function given(schedule: string, more: Partial<GivenSchedule> = {}): GivenSchedule {
  return { schedule, timezone: undefined, startMs: undefined, endMs: undefined, createdAtMs: at(MONDAY), ...more };
}

function schedule(text: string, more: Partial<GivenSchedule> = {}): NextTime {
  const parsed = parseSchedule(given(text, more));
  assert.ok(parsed.outcome === "schedule", text);
  return parsed.next;
}

const after = (next: NextTime, iso: string): string | undefined => {
  const found = next(at(iso));
  return found === undefined ? undefined : new Date(found).toISOString().replace(".000", "");
};

test("an instant comes once, by the time of its zone", () => {
  const berlin = schedule("at(2026-12-01T09:00:00)", { timezone: "Europe/Berlin" });

  assert.equal(after(berlin, MONDAY), "2026-12-01T08:00:00Z");
  assert.equal(after(berlin, "2026-12-01T08:00:00Z"), undefined);
  assert.equal(after(schedule("at(2026-12-01T09:00:00)"), MONDAY), "2026-12-01T09:00:00Z");
});

test("cron has AWS's fields: Sunday is day 1, and one of the days is a question mark", () => {
  const expected: readonly (readonly [string, string])[] = [
    ["cron(0 9 ? * MON-FRI *)", "2026-11-23T09:00:00Z"],
    ["cron(0 9 ? * 1 *)", "2026-11-29T09:00:00Z"],
    ["cron(0/15 9 * * ? *)", "2026-11-23T09:00:00Z"],
    ["cron(30 18 L * ? *)", "2026-11-30T18:30:00Z"],
    ["cron(0 9 ? * 6#1 *)", "2026-12-04T09:00:00Z"],
    ["cron(0 9 1 1 ? 2028)", "2028-01-01T09:00:00Z"],
  ];
  for (const [text, first] of expected) assert.equal(after(schedule(text), MONDAY), first, text);
  assert.equal(after(schedule("cron(0 9 * * ? *)", { timezone: "Asia/Tokyo" }), MONDAY), "2026-11-24T00:00:00Z");
});

test("a clock that is put forward or back moves an action with it", () => {
  const nine = schedule("cron(0 9 * * ? *)", { timezone: "Europe/Berlin" });

  assert.equal(after(nine, "2027-03-27T12:00:00Z"), "2027-03-28T07:00:00Z");
  assert.equal(after(nine, "2026-10-24T12:00:00Z"), "2026-10-25T08:00:00Z");
});

test("a rate counts from its start, or from its creation", () => {
  assert.equal(after(schedule("rate(6 hours)"), "2026-11-23T06:00:00Z"), "2026-11-23T12:00:00Z");
  const started = schedule("rate(1 day)", { startMs: at("2026-12-01T05:00:00Z") });
  assert.equal(after(started, MONDAY), "2026-12-01T05:00:00Z");
  assert.equal(after(started, "2026-12-01T05:00:00Z"), "2026-12-02T05:00:00Z");
});

test("what repeats keeps to its start and end", () => {
  const bounded = schedule("cron(0 9 * * ? *)", {
    startMs: at("2026-12-01T09:00:00Z"),
    endMs: at("2026-12-02T09:00:00Z"),
  });

  assert.equal(after(bounded, MONDAY), "2026-12-01T09:00:00Z");
  assert.equal(after(bounded, "2026-12-01T09:00:00Z"), "2026-12-02T09:00:00Z");
  assert.equal(after(bounded, "2026-12-02T09:00:00Z"), undefined);
});

test("what is no schedule or no time zone is said to be none", () => {
  const none = [
    "",
    "cron()",
    "cron(0 9 * * *)",
    "cron(0 9 * * * *)",
    "cron(0 9 ? * ? *)",
    "cron(99 9 * * ? *)",
    "cron(0 9 * JANUARY ? *)",
    "rate(0 minutes)",
    "rate(5)",
    "rate(5 weeks)",
    "at(2026-13-01T00:00:00)",
    "at(tomorrow)",
    "every day",
  ];
  for (const text of none) {
    assert.deepEqual(parseSchedule(given(text)), { outcome: "invalid", what: "schedule expression" }, text);
  }
  assert.deepEqual(parseSchedule(given("rate(1 day)", { timezone: "Mars/Olympus" })), {
    outcome: "invalid",
    what: "timezone",
  });
});

test("the last time that was missed is the one before the next", () => {
  const next = schedule("cron(0 9 * * ? *)");
  const missed = lastDue(next, at("2026-11-24T09:00:00Z"), at("2026-11-27T12:00:00Z"));

  assert.equal(missed, at("2026-11-27T09:00:00Z"));
});

test("times of a rate come after the instant asked for, evenly, never before the start", () => {
  const minutes = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(minutes, fc.nat(10_000_000), fc.nat(10_000_000), (every, startMinute, afterMinute) => {
      const startMs = at(MONDAY) + startMinute * 60_000;
      const afterMs = at(MONDAY) + afterMinute * 60_000;
      const found = schedule(`rate(${every} minutes)`, { startMs })(afterMs);

      assert.ok(found !== undefined && found > afterMs - 1 && found >= startMs);
      assert.equal((found - startMs) % (every * 60_000), 0);
      assert.ok(found <= Math.max(startMs, afterMs + every * 60_000));
    }),
  );
});
