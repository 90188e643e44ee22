// The SQL about log events. One row a batch; all of them together bounded in bytes, of which the oldest go first.
import { type CompiledQuery, type Kysely, sql } from "kysely";
import { type Batch, comparePositions, cutIntoBatches, type LogEvent } from "./batch.ts";
import { type EventQuery, readBatches } from "./batch-query-store.ts";
import { bytesOf, evict, removeExpired } from "./batch-removal-store.ts";
import type { LogsScope, LogsTables } from "./logs-tables.ts";
import { type IsWanted, mergeBatches, type PlacedEvent } from "./merge-batches.ts";
import { createStreamIds, type StreamIds } from "./stream-ids.ts";

/** What is remembered of log events. */
export interface BatchStore {
  /** Makes group and stream where they are missing. */
  append(
    scope: LogsScope,
    groupName: string,
    streamName: string,
    events: readonly LogEvent[],
    nowMs: number,
  ): Promise<void>;
  /** Reads as far as its reader goes; other work gets its turn in between. */
  read(query: EventQuery): AsyncGenerator<PlacedEvent>;
  /** Removes batches that are past their group's retention, and streams that have nothing left. */
  expire(nowMs: number): Promise<void>;
  deleteGroup(groupId: number): Promise<void>;
  deleteStream(groupId: number, name: string): Promise<boolean>;
  /** What all events take, in bytes as AWS counts them. */
  totalBytes(): Promise<number>;
  reset(): Promise<void>;
}

type Db = Kysely<LogsTables>;

/** The two statements of every append, compiled once, since compiling takes longer than running. */
function appendStatements(db: Db): { readonly batch: CompiledQuery; readonly stream: CompiledQuery } {
  const [number, text] = [0, ""];
  const row = { group_id: number, stream_id: number, first_ms: number, last_ms: number, ingested_at_ms: number };
  return {
    batch: db
      .insertInto("log_batches")
      .values({ ...row, event_count: number, bytes: number, events: text })
      .compile(),
    stream: db
      .updateTable("log_streams")
      .set({
        bytes: sql`bytes + ${number}`,
        first_event_ms: sql`case when first_event_ms <= ${number} then first_event_ms else ${number} end`,
        last_event_ms: sql`case when last_event_ms >= ${number} then last_event_ms else ${number} end`,
        last_ingested_ms: number,
      })
      .where("id", "=", number)
      .compile(),
  };
}

/** Adds batches to a stream and its row. */
async function insert(
  on: Db,
  statements: ReturnType<typeof appendStatements>,
  { groupId, streamId }: StreamIds,
  batches: readonly Batch[],
  nowMs: number,
): Promise<void> {
  const run = async (statement: CompiledQuery, parameters: readonly unknown[]): Promise<void> => {
    await on.executeQuery({ ...statement, parameters });
  };
  for (const { firstMs, lastMs, count, bytes, events } of batches) {
    await run(statements.batch, [groupId, streamId, firstMs, lastMs, nowMs, count, bytes, events]);
  }
  const [firstMs, lastMs] = [batches[0]?.firstMs ?? 0, batches.at(-1)?.lastMs ?? 0];
  await run(statements.stream, [bytesOf(batches), firstMs, firstMs, lastMs, lastMs, nowMs, streamId]);
}

/** A batch holds more than what is asked for. */
function wantedBy({ fromMs = 0, untilMs = Infinity, beyond, direction }: EventQuery): IsWanted {
  const sign = direction === "forward" ? 1 : -1;
  return (it) =>
    it.timestampMs >= fromMs &&
    it.timestampMs < untilMs &&
    (beyond === undefined || sign * comparePositions(it, beyond) > 0);
}

/** The part of the store that knows events. `bytesMax` bounds all of them together. */
export function createBatchStore(db: Db, bytesMax: number): BatchStore {
  const streamIds = createStreamIds();
  const statements = appendStatements(db);
  let known: number | undefined;
  const total = async (on: Db): Promise<number> => {
    known ??= Number(
      (
        await on
          .selectFrom("log_streams")
          .select((it) => it.fn.sum("bytes").as("bytes"))
          .executeTakeFirst()
      )?.bytes ?? 0,
    );
    return known;
  };
  /** Removes by a statement whose extent only the database knows; counts anew afterwards. */
  const removing = async <T>(run: () => Promise<T>): Promise<T> => {
    streamIds.clear();
    const result = await run();
    known = undefined;
    return result;
  };
  return {
    async append(scope, groupName, streamName, events, nowMs) {
      const batches = cutIntoBatches(events);
      if (batches.length === 0) return;
      try {
        known = await db.transaction().execute(async (on) => {
          const before = await total(on);
          const ids = await streamIds.get(on, { ...scope, groupName, streamName }, nowMs);
          await insert(on, statements, ids, batches, nowMs);
          const after = before + bytesOf(batches);
          return after - (after > bytesMax ? await evict(on, after - bytesMax) : 0);
        });
      } catch (error) {
        // What was undone may have made the stream that is remembered.
        streamIds.clear();
        throw error;
      }
    },
    read: (query) => mergeBatches(readBatches(db, query), query.direction, wantedBy(query)),
    expire: (nowMs) => removing(() => removeExpired(db, nowMs)),
    async deleteGroup(groupId) {
      await removing(() => db.deleteFrom("log_groups").where("id", "=", groupId).execute());
    },
    async deleteStream(groupId, name) {
      const { numDeletedRows } = await removing(() =>
        db
          .deleteFrom("log_streams")
          .where((it) => it.and({ group_id: groupId, name }))
          .executeTakeFirst(),
      );
      return numDeletedRows === 1n;
    },
    totalBytes: () => total(db),
    async reset() {
      await removing(() => db.deleteFrom("log_groups").execute());
    },
  };
}
