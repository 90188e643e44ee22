// A store of logs in memory, and events to put into it, for tests.
import { migrate } from "../../../store/migrations.ts";
import { openSqlite } from "../../../store/sqlite.ts";
import type { EventQuery } from "./batch-query-store.ts";
import { createLogsStore, type LogsStore } from "./logs-store.ts";
import type { LogsScope, LogsTables } from "./logs-tables.ts";
import type { PlacedEvent } from "./merge-batches.ts";

export const scope: LogsScope = { accountId: "111122223333", region: "us-east-1" };

/** An empty store; `bytesMax` bounds its events. Disposal closes it. */
export async function aLogsStore(options: { bytesMax?: number } = {}): Promise<LogsStore & AsyncDisposable> {
  const db = openSqlite<LogsTables>(":memory:", "checkpoint");
  await migrate(db, "logs");
  return { ...createLogsStore(db, options), [Symbol.asyncDispose]: () => db.destroy() };
}

/** A query for everything in a group, oldest first. */
export function anEventQuery(groupId: number, more: Partial<EventQuery> = {}): EventQuery {
  return {
    groupId,
    streamNames: undefined,
    streamPrefix: undefined,
    fromMs: undefined,
    untilMs: undefined,
    beyond: undefined,
    direction: "forward",
    ...more,
  };
}

/** The first events of a query's answer; all of them unless `limit` says otherwise. */
export async function take(
  store: LogsStore,
  query: EventQuery,
  limit: number = Infinity,
): Promise<readonly PlacedEvent[]> {
  const taken: PlacedEvent[] = [];
  for await (const event of store.read(query)) {
    taken.push(event);
    if (taken.length >= limit) break;
  }
  return taken;
}
