// The event queue: what is added is on disk before it is acknowledged, and stays until it is removed, whoever is killed meanwhile.
import type { Kysely } from "kysely";
import type { AsyncEvent } from "../../model/async-event.ts";
import { functionKey } from "../../model/function-version.ts";
import type { Seal } from "../../store/seal.ts";
import {
  clearance,
  createEventStatements,
  type DueEvent,
  type EventTables,
  type Postponement,
  postponement,
  type QueuedEvent,
  selectCounts,
  selectDue,
  selectNextDueMs,
} from "./event-store.ts";
import { FreshEvents } from "./fresh-events.ts";
import { createGroupCommit } from "./group-commit.ts";

export type { DueEvent, EventTables, QueuedEvent };

/** The queue. Every change resolves when it is on disk. */
export interface EventQueue {
  add(event: AsyncEvent): Promise<void>;
  postpone(id: number, to: Postponement): Promise<void>;
  remove(queued: QueuedEvent): Promise<void>;
  /** Those that are due, the longest waiting first, of all functions but these. */
  due(nowMs: number, limit: number, except: readonly string[]): Promise<readonly DueEvent[]>;
  /** When the first is due that is not yet. */
  nextDueMs(nowMs: number): Promise<number | undefined>;
  read(id: number): Promise<QueuedEvent | undefined>;
  /** How many there are of each function that has any, those under way too. */
  counts(): ReadonlyMap<string, number>;
  clear(): Promise<void>;
}

/** The queue in a database that has been migrated. */
export async function createEventQueue(db: Kysely<EventTables>, seal: Seal): Promise<EventQueue> {
  const commit = createGroupCommit(db);
  const statements = createEventStatements(db, seal);
  const counts = new Map(await selectCounts(db));
  const count = (event: AsyncEvent, more: 1 | -1): void => {
    const key = functionKey(event);
    const sum = (counts.get(key) ?? 0) + more;
    if (sum > 0) counts.set(key, sum);
    else counts.delete(key);
  };
  const fresh = new FreshEvents();
  return {
    async add(event) {
      const id = await commit(statements.insertion(event));
      count(event, 1);
      if (id !== undefined) fresh.keep({ id, event, failures: 0, refusals: 0 });
    },
    async postpone(id, to) {
      // It may have been read from the disk before it was kept here.
      fresh.take(id);
      await commit(postponement(id, to));
    },
    async remove({ id, event }) {
      fresh.take(id);
      await commit(statements.removal(id));
      count(event, -1);
    },
    due: (nowMs, limit, except) => selectDue(db, { nowMs, limit, except }),
    nextDueMs: (nowMs) => selectNextDueMs(db, nowMs),
    read: async (id) => fresh.take(id) ?? (await statements.select(id)),
    counts: () => counts,
    async clear() {
      await commit(clearance);
      counts.clear();
      fresh.clear();
    },
  };
}
