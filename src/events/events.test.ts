// Events in a real database under a clock that is moved on: attempts, retries, restarts, and what is told of them.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createFeed } from "../feed/feed.ts";
import { createVirtualClock } from "../foundation/clock.ts";
import { createDeferred } from "../foundation/deferred.ts";
import { afterIo } from "../foundation/host.ts";
import type { AsyncEvent, AttemptOutcome } from "../model/async-event.ts";
import type { EventInvokeConfig } from "../model/event-invoke-config.ts";
import { migrate } from "../store/migrations.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite } from "../store/sqlite.ts";
import { createEvents, type EventTables } from "./events.ts";

const MINUTE_MS = 60_000;
const done: AttemptOutcome = { by: "answer", executedVersion: "1", functionError: undefined, body: Buffer.from("1") };
const failed: AttemptOutcome = {
  by: "answer",
  executedVersion: "1",
  functionError: "Unhandled",
  body: Buffer.from('{"errorType":"E"}'),
};

const anEvent = (requestId: string, more: Partial<AsyncEvent> = {}): AsyncEvent => ({
  requestId,
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  qualifier: undefined,
  traceHeader: "Root=1-00000000-000000000000000000000000",
  clientContext: undefined,
  acceptedAtMs: 0,
  payload: Buffer.from('{"secret":"word"}'),
  ...more,
});

/** A data directory, gone with the test. */
function aDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "hearth-events-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

type Attempt = (event: AsyncEvent, signal: AbortSignal) => AttemptOutcome | Promise<AttemptOutcome>;

interface Surroundings {
  readonly config?: EventInvokeConfig;
  readonly deliver?: (arn: string, record: Record<string, unknown>) => Promise<void>;
}

async function theEvents(path: string, attempt: Attempt, { config, deliver }: Surroundings = {}) {
  const clock = createVirtualClock();
  const db = openSqlite<EventTables>(join(path, "events.db"), "commit");
  await migrate(db, "events");
  const feed = createFeed(() => clock.nowMs());
  const attempts: AsyncEvent[] = [];
  const faults: unknown[] = [];
  const events = await createEvents({
    db,
    seal: createSeal(join(path, "root.key")),
    clock,
    feed,
    config: () => config,
    deliver: async (arn, record) => {
      await deliver?.(arn, JSON.parse(record.toString()) as Record<string, unknown>);
    },
    attempt: async (event, signal) => {
      attempts.push(event);
      return await attempt(event, signal);
    },
    onFault: (error) => void faults.push(error),
  });
  const told = (): string[] =>
    feed.after(0, 1_000).map((it) => {
      if (it.event === "AsyncEventDropped") return `${it.event} ${it.reason}`;
      return it.event === "AsyncEventInvoked" ? `${it.event} ${it.ageMs}` : it.event;
    });
  return { ...events, attempts, faults, clock, told, close: () => db.destroy() };
}

/** Lets everything happen that waits for nothing but the database. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise<void>((resolve) => afterIo(resolve));
}

test("an event is attempted once, told of, and gone", async () => {
  using directory = aDirectory();
  const events = await theEvents(directory.path, () => done);
  await events.accept(anEvent("1", { qualifier: "live", clientContext: '{"a":1}' }));
  await settled();
  assert.deepEqual(events.attempts, [anEvent("1", { qualifier: "live", clientContext: '{"a":1}' })]);
  assert.deepEqual(events.told(), ["AsyncEventReceived", "AsyncEventInvoked 0"]);
  assert.equal(events.counts().size, 0);
  await events.stop();
  await events.close();
});

test("an error is tried again after one minute and after three, and then given up", async () => {
  using directory = aDirectory();
  const events = await theEvents(directory.path, () => failed);
  await events.accept(anEvent("1"));
  await settled();
  for (const [minutes, attempts] of [
    [0.99, 1],
    [0.01, 2],
    [1.99, 2],
    [0.01, 3],
    [60, 3],
  ] as const) {
    events.clock.advance(minutes * MINUTE_MS);
    await settled();
    assert.equal(events.attempts.length, attempts);
  }
  assert.deepEqual(events.told(), [
    "AsyncEventReceived",
    "AsyncEventInvoked 0",
    "AsyncEventInvoked 60000",
    "AsyncEventInvoked 180000",
    "AsyncEventDropped RetriesExhausted",
  ]);
  assert.equal(events.counts().size, 0);
  await events.stop();
  await events.close();
});

test("throttled for six hours, an event is given up at its age, however long its next wait would have been", async () => {
  using directory = aDirectory();
  const events = await theEvents(directory.path, () => ({ by: "refusal", reason: "throttled" }));
  await events.accept(anEvent("1"));
  await settled();
  for (let minute = 0; minute < 6 * 60 - 1; minute++) {
    events.clock.advance(MINUTE_MS);
    await settled();
  }
  assert.deepEqual(events.told(), ["AsyncEventReceived"]);
  events.clock.advance(MINUTE_MS);
  await settled();
  assert.deepEqual(events.told(), ["AsyncEventReceived", "AsyncEventDropped EventAgeExceeded"]);
  await events.stop();
  await events.close();
});

test("what is under way when services end is attempted again at the next start, and what waits keeps its time", async () => {
  using directory = aDirectory();
  const { promise } = createDeferred<AttemptOutcome>();
  const before = await theEvents(directory.path, (event) => (event.requestId === "waits" ? failed : promise));
  await before.accept(anEvent("under way"));
  await before.accept(anEvent("waits"));
  await settled();
  assert.equal(before.attempts.length, 2);
  // As by kill -9: nobody stops anything.
  await before.close();

  const after = await theEvents(directory.path, () => done);
  await settled();
  assert.equal(after.attempts.length, 0, "nothing is begun before the start");
  after.start();
  await settled();
  assert.deepEqual(
    after.attempts.map((it) => it.requestId),
    ["under way"],
  );
  after.clock.advance(MINUTE_MS);
  await settled();
  assert.deepEqual(
    after.attempts.map((it) => it.requestId),
    ["under way", "waits"],
  );
  await after.stop();
  await after.close();
});

test("a stop begins nothing more and waits for what is under way", async () => {
  using directory = aDirectory();
  const running = createDeferred<AttemptOutcome>();
  const events = await theEvents(directory.path, () => running.promise);
  await events.accept(anEvent("1"));
  await settled();
  let hasStopped = false;
  const stopped = events.stop().then(() => (hasStopped = true));
  await events.accept(anEvent("2"));
  await settled();
  assert.equal(hasStopped, false);
  running.resolve(done);
  await stopped;
  assert.deepEqual(
    events.attempts.map((it) => it.requestId),
    ["1"],
  );
  assert.deepEqual([...events.counts()], [["111122223333/us-east-1/f", 1]]);
  await events.close();
});

test("of one function fifty are under way at first, and twice as many each second; another's do not wait for them", async () => {
  using directory = aDirectory();
  const running = createDeferred<AttemptOutcome>();
  const events = await theEvents(directory.path, (event) => (event.functionName === "g" ? done : running.promise));
  await Promise.all(Array.from({ length: 120 }, (_, index) => events.accept(anEvent(`f${index}`))));
  await events.accept(anEvent("g", { functionName: "g" }));
  await settled();
  assert.equal(events.attempts.length, 51);
  assert.equal(events.attempts.at(-1)?.functionName, "g");
  events.clock.advance(1_000);
  await settled();
  assert.equal(events.attempts.length, 101);
  running.resolve(done);
  await settled();
  assert.equal(events.attempts.length, 121);
  assert.equal(events.counts().size, 0);
  await events.stop();
  await events.close();
});

test("a failure of ours is told, and the event is attempted again", async () => {
  using directory = aDirectory();
  let isBroken = true;
  const events = await theEvents(directory.path, () => {
    if (isBroken) throw new Error("broken");
    return done;
  });
  await events.accept(anEvent("1"));
  await settled();
  assert.match(String(events.faults[0]), /broken/u);
  isBroken = false;
  events.clock.advance(5_000);
  await settled();
  assert.deepEqual([events.attempts.length, events.faults.length], [2, 1]);
  await events.stop();
  await events.close();
});

test("what clients sent is not readable on disk", async () => {
  using directory = aDirectory();
  const events = await theEvents(directory.path, () => ({ by: "refusal", reason: "failed" }));
  await events.accept(anEvent("1", { clientContext: '{"hidden":"context"}' }));
  await settled();
  await events.stop();
  await events.close();
  const bytes = readFileSync(join(directory.path, "events.db")).toString("latin1");
  assert.doesNotMatch(bytes, /word|hidden/u);
});

test("a reset forgets what waits", async () => {
  using directory = aDirectory();
  const events = await theEvents(directory.path, () => failed);
  await events.accept(anEvent("1"));
  await settled();
  await events.reset();
  events.clock.advance(10 * MINUTE_MS);
  await settled();
  assert.equal(events.attempts.length, 1);
  await events.stop();
  await events.close();
});

const config: EventInvokeConfig = {
  maximumRetryAttempts: 1,
  maximumEventAgeSeconds: 600,
  onSuccess: "arn:aws:lambda:us-east-1:111122223333:function:done",
  onFailure: "arn:aws:lambda:us-east-1:111122223333:function:lost",
  lastModifiedMs: 0,
};
/** Keeps what is delivered. */
function destinations() {
  const delivered: { readonly arn: string; readonly record: Record<string, unknown> }[] = [];
  const deliver = (arn: string, record: Record<string, unknown>): Promise<void> =>
    Promise.resolve(void delivered.push({ arn, record }));
  return { delivered, deliver };
}

test("a success is told to its destination, with request and response", async () => {
  using directory = aDirectory();
  const { delivered, deliver } = destinations();
  const events = await theEvents(directory.path, () => done, { config, deliver });
  await events.accept(anEvent("1", { payload: Buffer.from('{"order":42}') }));
  await settled();
  assert.deepEqual(delivered, [
    {
      arn: config.onSuccess,
      record: {
        version: "1.0",
        timestamp: "1970-01-01T00:00:00.000Z",
        requestContext: {
          requestId: "1",
          functionArn: "arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST",
          condition: "Success",
          approximateInvokeCount: 1,
        },
        requestPayload: { order: 42 },
        responseContext: { statusCode: 200, executedVersion: "1" },
        responsePayload: 1,
      },
    },
  ]);
  await events.stop();
  await events.close();
});

test("a failure is retried as configured and told when it is given up, once", async () => {
  using directory = aDirectory();
  const { delivered, deliver } = destinations();
  const events = await theEvents(directory.path, () => failed, { config, deliver });
  await events.accept(anEvent("1", { qualifier: "live" }));
  await settled();
  assert.equal(delivered.length, 0);
  events.clock.advance(MINUTE_MS);
  await settled();
  assert.equal(events.attempts.length, 2);
  assert.partialDeepStrictEqual(delivered, [
    {
      arn: config.onFailure,
      record: {
        requestContext: {
          functionArn: "arn:aws:lambda:us-east-1:111122223333:function:f:live",
          condition: "RetriesExhausted",
          approximateInvokeCount: 2,
        },
        responseContext: { statusCode: 200, executedVersion: "1", functionError: "Unhandled" },
        responsePayload: { errorType: "E" },
      },
    },
  ]);
  await events.stop();
  await events.close();
});

test("an event that grew too old is told without a response, one whose function has gone is not", async () => {
  using directory = aDirectory();
  const { delivered, deliver } = destinations();
  const attempt = (event: AsyncEvent): AttemptOutcome =>
    event.requestId === "gone" ? { by: "absence" } : { by: "refusal", reason: "throttled" };
  const events = await theEvents(directory.path, attempt, { config, deliver });
  await events.accept(anEvent("gone"));
  await events.accept(anEvent("old"));
  for (let minute = 0; minute < 11; minute++) {
    await settled();
    events.clock.advance(MINUTE_MS);
  }
  await settled();
  assert.equal(delivered.length, 1);
  const [{ record } = { record: {} }] = delivered;
  assert.partialDeepStrictEqual(record, {
    timestamp: "1970-01-01T00:10:00.000Z",
    requestContext: { requestId: "old", condition: "EventAgeExceeded", approximateInvokeCount: 0 },
  });
  assert.equal("responsePayload" in record, false);
  await events.stop();
  await events.close();
});

test("a record that can't be delivered is counted, and its event is done all the same", async () => {
  using directory = aDirectory();
  const deliver = (): Promise<void> => Promise.reject(new Error("nobody there"));
  const events = await theEvents(directory.path, () => done, { config, deliver });
  await events.accept(anEvent("1"));
  await settled();
  assert.deepEqual(events.told(), ["AsyncEventReceived", "AsyncEventInvoked 0", "DestinationDeliveryFailed"]);
  assert.equal(events.counts().size, 0);
  await events.stop();
  await events.close();
});
