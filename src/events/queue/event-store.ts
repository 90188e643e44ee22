// The only SQL about queued events. What clients sent is sealed; what the queue asks for is not.
import type { Kysely } from "kysely";
import type { AsyncEvent } from "../../model/async-event.ts";
import { functionKey } from "../../model/function-version.ts";
import type { Seal } from "../../store/seal.ts";

/** The tables of this part. */
export interface EventTables {
  queued_events: {
    id: string;
    function_key: string;
    due_ms: number;
    failures: number;
    refusals: number;
    sealed: Buffer;
  };
}

/** An event as it waits. */
export interface QueuedEvent {
  readonly event: AsyncEvent;
  /** Attempts that ended in the function's error. */
  readonly failures: number;
  /** In a row, that did not run. */
  readonly refusals: number;
}

/** When it is due, and what is known then. */
export interface Postponement {
  readonly dueMs: number;
  readonly failures: number;
  readonly refusals: number;
}

/** One that is due. */
export interface DueEvent {
  readonly id: string;
  readonly functionKey: string;
}

type Db = Kysely<EventTables>;

const context = (id: string): string => `event:${id}`;

/** The header as JSON, a line end, the payload as it came. */
function toBytes({ payload, ...header }: AsyncEvent): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]);
}

function fromBytes(bytes: Buffer): AsyncEvent {
  const end = bytes.indexOf("\n");
  const header = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<AsyncEvent, "payload">;
  return {
    ...header,
    qualifier: header.qualifier,
    clientContext: header.clientContext,
    payload: bytes.subarray(end + 1),
  };
}

/** A write, to be run within a transaction. */
export type Write = (on: Db) => Promise<void>;

/** Adds an event that is due now. */
export function insertion(seal: Seal, event: AsyncEvent): Write {
  const { requestId: id, acceptedAtMs } = event;
  const row = { id, function_key: functionKey(event), due_ms: acceptedAtMs, failures: 0, refusals: 0 };
  const sealed = seal.seal(toBytes(event), context(id));
  return async (on) => {
    await on
      .insertInto("queued_events")
      .values({ ...row, sealed })
      .execute();
  };
}

/** Puts an event off. */
export function postponement(id: string, { dueMs, failures, refusals }: Postponement): Write {
  return async (on) => {
    await on.updateTable("queued_events").set({ due_ms: dueMs, failures, refusals }).where("id", "=", id).execute();
  };
}

/** Takes an event away. */
export function removal(id: string): Write {
  return async (on) => {
    await on.deleteFrom("queued_events").where("id", "=", id).execute();
  };
}

/** Takes all away. */
export const clearance: Write = async (on) => {
  await on.deleteFrom("queued_events").execute();
};

/** Those that are due, the longest waiting first, of all functions but these. */
export async function selectDue(
  on: Db,
  of: { readonly nowMs: number; readonly limit: number; readonly except: readonly string[] },
): Promise<readonly DueEvent[]> {
  const rows = await on
    .selectFrom("queued_events")
    .select(["id", "function_key"])
    .where("due_ms", "<=", of.nowMs)
    .$if(of.except.length > 0, (it) => it.where("function_key", "not in", of.except))
    .orderBy("due_ms")
    .limit(of.limit)
    .execute();
  return rows.map((it) => ({ id: it.id, functionKey: it.function_key }));
}

/** When the first is due that is not yet. */
export async function selectNextDueMs(on: Db, nowMs: number): Promise<number | undefined> {
  const row = await on
    .selectFrom("queued_events")
    .select("due_ms")
    .where("due_ms", ">", nowMs)
    .orderBy("due_ms")
    .limit(1)
    .executeTakeFirst();
  return row?.due_ms;
}

/** An event, opened. Throws a Fault where it was changed. */
export async function selectEvent(on: Db, seal: Seal, id: string): Promise<QueuedEvent | undefined> {
  const row = await on.selectFrom("queued_events").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  return { event: fromBytes(seal.open(row.sealed, context(id))), failures: row.failures, refusals: row.refusals };
}

/** How many wait, of each function. */
export async function selectCounts(on: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await on
    .selectFrom("queued_events")
    .select(["function_key", (it) => it.fn.countAll<number>().as("count")])
    .groupBy("function_key")
    .execute();
  return new Map(rows.map((it) => [it.function_key, it.count]));
}
