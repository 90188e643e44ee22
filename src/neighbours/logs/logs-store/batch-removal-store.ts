// The SQL that removes log events: the oldest beyond the bound, and those past their group's retention.
import { type Kysely, sql } from "kysely";
import { afterIo } from "../../../foundation/host.ts";
import type { LogsTables } from "./logs-tables.ts";

const DAY_MS = 86_400_000;
const REMOVED_AT_ONCE = 64;

type Db = Kysely<LogsTables>;

/** What rows take together. */
export function bytesOf(rows: readonly { readonly bytes: number }[]): number {
  return rows.reduce((sum, it) => sum + it.bytes, 0);
}

type Removed = readonly { readonly id: number; readonly stream_id: number; readonly bytes: number }[];

/** Removes batches and brings their streams' rows up to date. */
async function remove(on: Db, removed: Removed): Promise<void> {
  if (removed.length === 0) return;
  const removedIds = removed.map((it) => it.id);
  await on.deleteFrom("log_batches").where("id", "in", removedIds).execute();
  for (const [streamId, rows] of Map.groupBy(removed, (it) => it.stream_id)) {
    await on
      .updateTable("log_streams")
      .set((it) => ({
        bytes: sql`bytes - ${bytesOf(rows)}`,
        first_event_ms: it
          .selectFrom("log_batches")
          .where("stream_id", "=", streamId)
          .select((inner) => inner.fn.min("first_ms").as("first_ms")),
      }))
      .where("id", "=", streamId)
      .execute();
  }
}

/** Removes the oldest batches until at least `bytes` are gone; gives how many went. */
export async function evict(on: Db, bytes: number): Promise<number> {
  let gone = 0;
  while (gone < bytes) {
    const oldest = await on
      .selectFrom("log_batches")
      .select(["id", "stream_id", "bytes"])
      .orderBy("id")
      .limit(REMOVED_AT_ONCE)
      .execute();
    if (oldest.length === 0) break;
    const removed: Removed[number][] = [];
    for (const row of oldest) {
      if (gone >= bytes) break;
      removed.push(row);
      gone += row.bytes;
    }
    await remove(on, removed);
  }
  return gone;
}

/** Removes every group's batches that are past its retention, and streams that had events and have none left. */
export async function removeExpired(db: Db, nowMs: number): Promise<void> {
  const groups = await db
    .selectFrom("log_groups")
    .select(["id", "retention_days"])
    .where("retention_days", "is not", null)
    .execute();
  for (const { id, retention_days: days } of groups) await expireGroup(db, id, nowMs - (days ?? 0) * DAY_MS);
  await db.deleteFrom("log_streams").where("bytes", "=", 0).where("last_ingested_ms", "is not", null).execute();
}

/** Removes a group's batches that end before a time, some at once, so that other work gets its turn. */
async function expireGroup(db: Db, groupId: number, beforeMs: number): Promise<void> {
  for (;;) {
    const expired = await db.transaction().execute(async (on) => {
      const rows = await on
        .selectFrom("log_batches")
        .select(["id", "stream_id", "bytes"])
        .where("group_id", "=", groupId)
        .where("first_ms", "<", beforeMs)
        .where("last_ms", "<", beforeMs)
        .orderBy("first_ms")
        .limit(REMOVED_AT_ONCE)
        .execute();
      await remove(on, rows);
      return rows.length;
    });
    if (expired < REMOVED_AT_ONCE) return;
    await new Promise<void>((resolve) => afterIo(resolve));
  }
}
