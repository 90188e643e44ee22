// Events through the durable queue, beside SQLite alone: put in, each acknowledged when it is on disk, and taken out again.
import { join } from "node:path";
import { createEvents, type EventTables } from "../../src/events/events.ts";
import { createFeed } from "../../src/feed/feed.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { migrate } from "../../src/store/migrations.ts";
import { createSeal } from "../../src/store/seal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { atLeast, type Row, row } from "../report/row.ts";
import { type Bench, temporaryDirectory } from "../section.ts";
import { payload } from "../world.ts";
import { sqliteQueueMs } from "../yardsticks/sqlite-queue.ts";

const KILOBYTE = 1_000;
/** As many as one function's events are under way at once at first. */
const GROUP = 50;
const SECOND_MS = 1_000;

/** Accepts so many events, so many at a time, and has each attempted by nobody; gives the milliseconds until all are gone. */
async function eventsMs(directory: string, bytes: Buffer, count: number): Promise<number> {
  const db = openSqlite<EventTables>(join(directory, "events.db"), "commit");
  await migrate(db, "events");
  const events = await createEvents({
    db,
    seal: createSeal(join(directory, "root.key")),
    clock: systemClock,
    feed: createFeed(() => systemClock.nowMs()),
    attempt: () => {
      attempted++;
      if (attempted === count) allAttempted();
      return Promise.resolve({ by: "answer", executedVersion: "1", functionError: undefined, body: bytes });
    },
    config: () => undefined,
    deliver: () => Promise.resolve(),
    onFault: (error) => {
      throw error;
    },
  });
  let attempted = 0;
  const { promise, resolve: allAttempted } = Promise.withResolvers<void>();
  const place = { accountId: "111122223333", region: "us-east-1", functionName: "f", qualifier: undefined };
  const startedMs = performance.now();
  for (let at = 0; at < count; at += GROUP) {
    const group = Array.from({ length: GROUP }, (_, index) =>
      events.accept({
        ...place,
        requestId: `event-${at + index}`,
        traceHeader: "Root=1-00000000-000000000000000000000000;Sampled=0",
        clientContext: undefined,
        acceptedAtMs: Math.round(systemClock.nowMs()),
        payload: bytes,
      }),
    );
    await Promise.all(group);
  }
  await promise;
  await events.stop();
  const tookMs = performance.now() - startedMs;
  await db.destroy();
  return tookMs;
}

export async function queue(bench: Bench): Promise<readonly Row[]> {
  await using directory = temporaryDirectory();
  const count = bench.isQuick ? 500 : 2_000;
  const bytes = payload(KILOBYTE);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < (bench.isQuick ? 3 : 12); round++) {
    const bare = sqliteQueueMs(join(directory.path, "bare.db"), { count, group: GROUP, bytes });
    const hearth = await eventsMs(directory.path, bytes, count);
    // The first is for the code to be compiled.
    if (round === 0) continue;
    theirs.push((count / bare) * SECOND_MS);
    ours.push((count / hearth) * SECOND_MS);
  }
  return [
    row({
      id: "queue.events",
      what: "events a second through the durable queue, 1 KB, fifty at a time",
      against: "bare SQLite, fifty in a transaction",
      unit: "1/s",
      hearth: ours,
      yardstick: theirs,
      target: atLeast(0.5, 0.8),
    }),
  ];
}
