// What is remembered of logs: groups, streams and events, joined out of the files that hold the SQL about each.
import type { Kysely } from "kysely";
import { type BatchStore, createBatchStore } from "./batch-store.ts";
import { createGroupStore, type GroupStore } from "./group-store.ts";
import type { LogsTables } from "./logs-tables.ts";
import { createStreamStore, type StreamStore } from "./stream-store.ts";

/** The store of CloudWatch Logs. */
export interface LogsStore extends GroupStore, StreamStore, BatchStore {}

/** Bound over all events of all groups, in bytes as AWS counts them; beyond it the oldest batches go first. */
const EVENTS_BYTES_MAX = 1 << 30;

/** The store over a database that has been migrated. */
export function createLogsStore(db: Kysely<LogsTables>, options: { bytesMax?: number } = {}): LogsStore {
  return {
    ...createGroupStore(db),
    ...createStreamStore(db),
    ...createBatchStore(db, options.bytesMax ?? EVENTS_BYTES_MAX),
  };
}
