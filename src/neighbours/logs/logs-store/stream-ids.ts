// The ids of streams that are appended to, remembered by name: what is appended to once is appended to again.
import type { Kysely } from "kysely";
import type { LogsScope, LogsTables } from "./logs-tables.ts";

/** The rows of a stream and its group. */
export interface StreamIds {
  readonly groupId: number;
  readonly streamId: number;
}

/** A stream by name. */
export interface StreamName extends LogsScope {
  readonly groupName: string;
  readonly streamName: string;
}

const REMEMBERED_MAX = 10_000;

/** Ids that are looked up once; `clear` after every deletion. */
export function createStreamIds(): {
  get(on: Kysely<LogsTables>, name: StreamName, nowMs: number): Promise<StreamIds>;
  clear(): void;
} {
  const remembered = new Map<string, StreamIds>();
  return {
    async get(on, name, nowMs) {
      const key = `${name.accountId}/${name.region}/${name.groupName}\n${name.streamName}`;
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const ids = await findOrMake(on, name, nowMs);
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(key, ids);
      return ids;
    },
    clear: () => remembered.clear(),
  };
}

async function findOrMake(on: Kysely<LogsTables>, name: StreamName, nowMs: number): Promise<StreamIds> {
  const group = { account_id: name.accountId, region: name.region, name: name.groupName };
  await on
    .insertInto("log_groups")
    .values({ ...group, created_at_ms: nowMs, retention_days: null, tags: "{}" })
    .onConflict((it) => it.doNothing())
    .execute();
  const { id: groupId } = await on
    .selectFrom("log_groups")
    .select("id")
    .where((it) => it.and(group))
    .executeTakeFirstOrThrow();
  const stream = { group_id: groupId, name: name.streamName };
  await on
    .insertInto("log_streams")
    .values({ ...stream, created_at_ms: nowMs, bytes: 0 })
    .onConflict((it) => it.doNothing())
    .execute();
  const { id: streamId } = await on
    .selectFrom("log_streams")
    .select("id")
    .where((it) => it.and(stream))
    .executeTakeFirstOrThrow();
  return { groupId, streamId };
}
