// The only SQL about log groups, streams and events. Bounded: each stream keeps its newest events.
import { type Generated, type Kysely, sql } from "kysely";

/** The tables of this part. */
export interface LogsTables {
  log_groups: {
    id: Generated<number>;
    account_id: string;
    region: string;
    name: string;
    created_at_ms: number;
    retention_days: number | null;
  };
  log_streams: { id: Generated<number>; group_id: number; name: string; created_at_ms: number };
  log_events: {
    id: Generated<number>;
    stream_id: number;
    timestamp_ms: number;
    ingested_at_ms: number;
    message: string;
  };
}

/** A place in an account. */
export interface LogsScope {
  readonly accountId: string;
  readonly region: string;
}

export interface LogGroupRow {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly retentionDays: number | null;
  readonly bytes: number;
}

export interface LogStreamRow {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
  readonly lastIngestedMs: number | null;
}

export interface LogEventRow {
  readonly id: number;
  readonly timestampMs: number;
  readonly ingestedAtMs: number;
  readonly message: string;
  readonly streamName: string;
}

/** Which events are asked for. */
export interface EventQuery {
  readonly groupId: number;
  readonly streamNames: readonly string[] | undefined;
  readonly streamPrefix: string | undefined;
  /** Inclusive. */
  readonly fromMs: number | undefined;
  /** Exclusive. */
  readonly untilMs: number | undefined;
  readonly afterId: number | undefined;
  readonly beforeId: number | undefined;
  readonly newestFirst: boolean;
  readonly limit: number;
}

/** What is remembered of logs. */
export interface LogsStore {
  group(scope: LogsScope, name: string): Promise<LogGroupRow | undefined>;
  groups(scope: LogsScope, prefix: string): Promise<LogGroupRow[]>;
  createGroup(scope: LogsScope, name: string, nowMs: number): Promise<boolean>;
  setRetention(groupId: number, days: number | null): Promise<void>;
  deleteGroup(groupId: number): Promise<void>;
  streams(groupId: number, prefix: string): Promise<LogStreamRow[]>;
  createStream(groupId: number, name: string, nowMs: number): Promise<boolean>;
  deleteStream(groupId: number, name: string): Promise<boolean>;
  /** Makes group and stream where they are missing. */
  append(
    scope: LogsScope,
    groupName: string,
    streamName: string,
    events: readonly { timestampMs: number; message: string }[],
    nowMs: number,
  ): Promise<void>;
  events(query: EventQuery): Promise<LogEventRow[]>;
  /** Removes what is past its group's retention, and the oldest events beyond the bound. */
  expire(nowMs: number): Promise<void>;
  reset(): Promise<void>;
}

const EVENTS_MAX = 2_000_000;
const INSERT_ROWS_MAX = 500;
const DAY_MS = 86_400_000;
const STREAM_IDS_MAX = 10_000;

/** `%` and `_` in a prefix stand for themselves. */
const startsWith = (prefix: string): string => `${prefix.replace(/[\\%_]/gu, (it) => `\\${it}`)}%`;

/** The store over a database that has been migrated. */
export function createLogsStore(db: Kysely<LogsTables>): LogsStore {
  const groupQuery = (scope: LogsScope) =>
    db
      .selectFrom("log_groups")
      .where("account_id", "=", scope.accountId)
      .where("region", "=", scope.region)
      .select((it) => [
        "id",
        "name",
        "created_at_ms as createdAtMs",
        "retention_days as retentionDays",
        it
          .selectFrom("log_events")
          .innerJoin("log_streams", "log_streams.id", "log_events.stream_id")
          .whereRef("log_streams.group_id", "=", "log_groups.id")
          .select((inner) => sql<number>`coalesce(sum(length(${inner.ref("log_events.message")}) + 26), 0)`.as("bytes"))
          .as("bytes"),
      ]);
  const toGroup = (row: Omit<LogGroupRow, "bytes"> & { bytes: number | null }): LogGroupRow => ({
    ...row,
    bytes: row.bytes ?? 0,
  });

  const streamIds = new Map<string, number>();
  async function streamId(scope: LogsScope, groupName: string, streamName: string, nowMs: number): Promise<number> {
    const key = `${scope.accountId}/${scope.region}/${groupName}/${streamName}`;
    const known = streamIds.get(key);
    if (known !== undefined) return known;
    await db
      .insertInto("log_groups")
      .values({
        account_id: scope.accountId,
        region: scope.region,
        name: groupName,
        created_at_ms: nowMs,
        retention_days: null,
      })
      .onConflict((it) => it.doNothing())
      .execute();
    const group = await db
      .selectFrom("log_groups")
      .select("id")
      .where((it) => it.and({ account_id: scope.accountId, region: scope.region, name: groupName }))
      .executeTakeFirstOrThrow();
    await db
      .insertInto("log_streams")
      .values({ group_id: group.id, name: streamName, created_at_ms: nowMs })
      .onConflict((it) => it.doNothing())
      .execute();
    const stream = await db
      .selectFrom("log_streams")
      .select("id")
      .where((it) => it.and({ group_id: group.id, name: streamName }))
      .executeTakeFirstOrThrow();
    if (streamIds.size >= STREAM_IDS_MAX) streamIds.clear();
    streamIds.set(key, stream.id);
    return stream.id;
  }

  return {
    async group(scope, name) {
      const row = await groupQuery(scope).where("name", "=", name).executeTakeFirst();
      return row === undefined ? undefined : toGroup(row);
    },
    async groups(scope, prefix) {
      const rows = await groupQuery(scope)
        .where(sql<boolean>`name like ${startsWith(prefix)} escape '\\'`)
        .orderBy("name")
        .execute();
      return rows.map(toGroup);
    },
    async createGroup(scope, name, nowMs) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("log_groups")
        .values({ account_id: scope.accountId, region: scope.region, name, created_at_ms: nowMs, retention_days: null })
        .onConflict((it) => it.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async setRetention(groupId, days) {
      await db.updateTable("log_groups").set({ retention_days: days }).where("id", "=", groupId).execute();
    },
    async deleteGroup(groupId) {
      streamIds.clear();
      await db.deleteFrom("log_groups").where("id", "=", groupId).execute();
    },
    streams: (groupId, prefix) =>
      db
        .selectFrom("log_streams")
        .leftJoin("log_events", "log_events.stream_id", "log_streams.id")
        .where("group_id", "=", groupId)
        .where(sql<boolean>`log_streams.name like ${startsWith(prefix)} escape '\\'`)
        .groupBy("log_streams.id")
        .select((it) => [
          "log_streams.id",
          "log_streams.name",
          "log_streams.created_at_ms as createdAtMs",
          it.fn.min<number | null>("timestamp_ms").as("firstEventMs"),
          it.fn.max<number | null>("timestamp_ms").as("lastEventMs"),
          it.fn.max<number | null>("ingested_at_ms").as("lastIngestedMs"),
        ])
        .orderBy("log_streams.name")
        .execute(),
    async createStream(groupId, name, nowMs) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("log_streams")
        .values({ group_id: groupId, name, created_at_ms: nowMs })
        .onConflict((it) => it.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async deleteStream(groupId, name) {
      streamIds.clear();
      const { numDeletedRows } = await db
        .deleteFrom("log_streams")
        .where((it) => it.and({ group_id: groupId, name }))
        .executeTakeFirst();
      return numDeletedRows === 1n;
    },
    async append(scope, groupName, streamName, events, nowMs) {
      const id = await streamId(scope, groupName, streamName, nowMs);
      for (let start = 0; start < events.length; start += INSERT_ROWS_MAX) {
        const rows = events.slice(start, start + INSERT_ROWS_MAX).map((it) => ({
          stream_id: id,
          timestamp_ms: it.timestampMs,
          ingested_at_ms: nowMs,
          message: it.message,
        }));
        await db.insertInto("log_events").values(rows).execute();
      }
    },
    events(query) {
      let found = db
        .selectFrom("log_events")
        .innerJoin("log_streams", "log_streams.id", "log_events.stream_id")
        .where("log_streams.group_id", "=", query.groupId)
        .select([
          "log_events.id",
          "timestamp_ms as timestampMs",
          "ingested_at_ms as ingestedAtMs",
          "message",
          "log_streams.name as streamName",
        ]);
      if (query.streamNames !== undefined) found = found.where("log_streams.name", "in", query.streamNames);
      if (query.streamPrefix !== undefined)
        found = found.where(sql<boolean>`log_streams.name like ${startsWith(query.streamPrefix)} escape '\\'`);
      if (query.fromMs !== undefined) found = found.where("timestamp_ms", ">=", query.fromMs);
      if (query.untilMs !== undefined) found = found.where("timestamp_ms", "<", query.untilMs);
      if (query.afterId !== undefined) found = found.where("log_events.id", ">", query.afterId);
      if (query.beforeId !== undefined) found = found.where("log_events.id", "<", query.beforeId);
      return found
        .orderBy("log_events.id", query.newestFirst ? "desc" : "asc")
        .limit(query.limit)
        .execute();
    },
    async expire(nowMs) {
      const groups = await db
        .selectFrom("log_groups")
        .select(["id", "retention_days"])
        .where("retention_days", "is not", null)
        .execute();
      for (const group of groups) {
        const streams = db.selectFrom("log_streams").select("id").where("group_id", "=", group.id);
        await db
          .deleteFrom("log_events")
          .where("stream_id", "in", streams)
          .where("timestamp_ms", "<", nowMs - (group.retention_days ?? 0) * DAY_MS)
          .execute();
      }
      const newest = await db
        .selectFrom("log_events")
        .select((it) => it.fn.max<number | null>("id").as("id"))
        .executeTakeFirst();
      await db
        .deleteFrom("log_events")
        .where("id", "<=", (newest?.id ?? 0) - EVENTS_MAX)
        .execute();
    },
    async reset() {
      streamIds.clear();
      await db.deleteFrom("log_groups").execute();
    },
  };
}
