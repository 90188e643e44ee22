// Following a log: every event once, also those that come late, also when the newest are read again and again.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNewEvents } from "./new-events.ts";

interface Event {
  readonly eventId: string;
  readonly timestamp: number;
}

/** What the service gives: everything so far from a time on, in order of time. */
const page = (events: readonly Event[], startMs: number): readonly Event[] =>
  events.filter((it) => it.timestamp >= startMs).toSorted((a, b) => a.timestamp - b.timestamp);

test("each event is taken once, however they come in, as long as none is more than ten seconds late", () => {
  const arrivals = fc.array(fc.record({ step: fc.nat(3_000), late: fc.nat(9_999) }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (given) => {
      const fresh = createNewEvents<Event>();
      const stored: Event[] = [];
      const seen: string[] = [];
      let newestMs = 20_000;
      for (const [index, { step, late }] of given.entries()) {
        // Every second one moves time on, the others come late.
        if (index % 2 === 0) newestMs += step;
        stored.push({ eventId: `${index}`, timestamp: index % 2 === 0 ? newestMs : newestMs - late });
        seen.push(...fresh.take(page(stored, fresh.startMs())).map((it) => it.eventId));
        fresh.moveOn();
      }

      assert.deepEqual(seen.toSorted(), stored.map((it) => it.eventId).toSorted());
    }),
  );
});

test("what is read over and over in a quiet log is shown once and not forgotten", () => {
  const fresh = createNewEvents<Event>();
  const events = [{ eventId: "a", timestamp: 1_000_000 }];

  const taken = [1, 2, 3].map(() => {
    const found = fresh.take(page(events, fresh.startMs()));
    fresh.moveOn();
    return found.length;
  });

  assert.deepEqual(taken, [1, 0, 0]);
  assert.equal(fresh.startMs(), 990_000);
});
