// The SQL about log streams. Times of events stand in the stream's row, so that describing streams reads no events.
import { type Kysely, sql } from "kysely";
import { behindPrefix, type LogsTables } from "./logs-tables.ts";

/** A log stream. */
export interface LogStreamRow {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
  readonly lastIngestedMs: number | null;
  readonly bytes: number;
}

/** Which streams of a group are asked for, and in which order. */
export interface StreamQuery {
  readonly prefix: string;
  readonly orderBy: "name" | "lastEvent";
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** What is remembered of log streams. */
export interface StreamStore {
  stream(groupId: number, name: string): Promise<LogStreamRow | undefined>;
  streams(groupId: number, query: StreamQuery): Promise<LogStreamRow[]>;
  /** False when there is one of that name. */
  createStream(groupId: number, name: string, nowMs: number): Promise<boolean>;
}

const COLUMNS = [
  "id",
  "name",
  "created_at_ms as createdAtMs",
  "first_event_ms as firstEventMs",
  "last_event_ms as lastEventMs",
  "last_ingested_ms as lastIngestedMs",
  "bytes",
] as const;

/** The part of the store that knows streams. */
export function createStreamStore(db: Kysely<LogsTables>): StreamStore {
  return {
    stream: (groupId, name) =>
      db
        .selectFrom("log_streams")
        .where((it) => it.and({ group_id: groupId, name }))
        .select(COLUMNS)
        .executeTakeFirst(),
    streams(groupId, { prefix, orderBy, descending, offset, limit }) {
      const order = descending ? "desc" : "asc";
      let found = db
        .selectFrom("log_streams")
        .where("group_id", "=", groupId)
        .where("name", ">=", prefix)
        .where("name", "<", behindPrefix(prefix))
        .select(COLUMNS);
      if (orderBy === "lastEvent") found = found.orderBy(sql`coalesce(last_event_ms, 0)`, order);
      return found.orderBy("name", order).limit(limit).offset(offset).execute();
    },
    async createStream(groupId, name, nowMs) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("log_streams")
        .values({ group_id: groupId, name, created_at_ms: nowMs, bytes: 0 })
        .onConflict((it) => it.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
  };
}
