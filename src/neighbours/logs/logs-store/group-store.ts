// The SQL about log groups.
import { type Kysely, sql } from "kysely";
import { behindPrefix, type LogsScope, type LogsTables } from "./logs-tables.ts";

/** A log group. */
export interface LogGroupRow {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly retentionDays: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** What is remembered of log groups. */
export interface GroupStore {
  group(scope: LogsScope, name: string): Promise<LogGroupRow | undefined>;
  /** Those whose name begins with `prefix`, by name. */
  groups(scope: LogsScope, prefix: string): Promise<LogGroupRow[]>;
  /** False when there is one of that name. */
  createGroup(scope: LogsScope, name: string, tags: Readonly<Record<string, string>>, nowMs: number): Promise<boolean>;
  setRetention(groupId: number, days: number | null): Promise<void>;
  setTags(groupId: number, tags: Readonly<Record<string, string>>): Promise<void>;
}

function select(db: Kysely<LogsTables>, scope: LogsScope) {
  return db
    .selectFrom("log_groups")
    .where("account_id", "=", scope.accountId)
    .where("region", "=", scope.region)
    .select((it) => [
      "id",
      "name",
      "created_at_ms as createdAtMs",
      "retention_days as retentionDays",
      "tags",
      it
        .selectFrom("log_streams")
        .whereRef("log_streams.group_id", "=", "log_groups.id")
        .select((inner) => inner.fn.coalesce(inner.fn.sum<number>("bytes"), sql<number>`0`).as("sum"))
        .as("bytes"),
    ]);
}

function toRow<Row extends { tags: string; bytes: number | null }>(row: Row) {
  return { ...row, tags: JSON.parse(row.tags) as Record<string, string>, bytes: row.bytes ?? 0 };
}

/** The part of the store that knows groups. */
export function createGroupStore(db: Kysely<LogsTables>): GroupStore {
  return {
    async group(scope, name) {
      const row = await select(db, scope).where("name", "=", name).executeTakeFirst();
      return row === undefined ? undefined : toRow(row);
    },
    async groups(scope, prefix) {
      const found = select(db, scope).where("name", ">=", prefix).where("name", "<", behindPrefix(prefix));
      return (await found.orderBy("name").execute()).map(toRow);
    },
    async createGroup(scope, name, tags, nowMs) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("log_groups")
        .values({
          account_id: scope.accountId,
          region: scope.region,
          name,
          created_at_ms: nowMs,
          retention_days: null,
          tags: JSON.stringify(tags),
        })
        .onConflict((it) => it.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async setRetention(groupId, days) {
      await db.updateTable("log_groups").set({ retention_days: days }).where("id", "=", groupId).execute();
    },
    async setTags(groupId, tags) {
      await db
        .updateTable("log_groups")
        .set({ tags: JSON.stringify(tags) })
        .where("id", "=", groupId)
        .execute();
    },
  };
}
