// The only SQL about queued events. What clients sent is sealed; what the queue asks for is not.
import type { CompiledQuery, Generated, Kysely } from "kysely";
import type { AsyncEvent } from "../../model/async-event.ts";
import { functionKey } from "../../model/function-version.ts";
import type { Seal } from "../../store/seal.ts";

/** The tables of this part. */
export interface EventTables {
  queued_events: {
    id: Generated<number>;
    function_key: string;
    due_ms: number;
    failures: number;
    refusals: number;
    sealed: Buffer;
  };
}

/** An event as it waits. */
export interface QueuedEvent {
  readonly id: number;
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
  readonly id: number;
  readonly functionKey: string;
}

type Db = Kysely<EventTables>;

const context = (functionKey: string): string => `event:${functionKey}`;

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

/** A write, to be run within a transaction. Gives the id of a row that it has added. */
export type Write = (on: Db) => Promise<number | undefined>;

/** The statements about one event, compiled once: compiling takes as long as running. */
export interface EventStatements {
  /** Adds an event that is due now. */
  insertion(event: AsyncEvent): Write;
  /** Takes an event away. */
  removal(id: number): Write;
  /** An event, opened. Throws a Fault where it was changed. */
  select(id: number): Promise<QueuedEvent | undefined>;
}

/** The statements of a database. */
export function createEventStatements(db: Db, seal: Seal): EventStatements {
  const [text, number, sealed] = ["", 0, Buffer.alloc(0)];
  const insert = db
    .insertInto("queued_events")
    .values({ function_key: text, due_ms: number, failures: number, refusals: number, sealed })
    .compile();
  const remove = db.deleteFrom("queued_events").where("id", "=", number).compile();
  const select = db
    .selectFrom("queued_events")
    .select(["function_key", "failures", "refusals", "sealed"])
    .where("id", "=", number)
    .compile();
  const write =
    (statement: CompiledQuery, parameters: readonly unknown[]): Write =>
    async (on) => {
      const { insertId } = await on.executeQuery({ ...statement, parameters });
      return insertId === undefined ? undefined : Number(insertId);
    };
  return {
    insertion(event) {
      const key = functionKey(event);
      return write(insert, [key, event.acceptedAtMs, 0, 0, seal.seal(toBytes(event), context(key))]);
    },
    removal: (id) => write(remove, [id]),
    async select(id) {
      const query: typeof select = { ...select, parameters: [id] };
      const { rows } = await db.executeQuery(query);
      const [row] = rows;
      if (row === undefined) return undefined;
      const event = fromBytes(seal.open(row.sealed, context(row.function_key)));
      return { id, event, failures: row.failures, refusals: row.refusals };
    },
  };
}

/** Puts an event off. */
export function postponement(id: number, { dueMs, failures, refusals }: Postponement): Write {
  return async (on) => {
    await on.updateTable("queued_events").set({ due_ms: dueMs, failures, refusals }).where("id", "=", id).execute();
    return undefined;
  };
}

/** Takes all away. */
export const clearance: Write = async (on) => {
  await on.deleteFrom("queued_events").execute();
  return undefined;
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

/** How many wait, of each function. */
export async function selectCounts(on: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await on
    .selectFrom("queued_events")
    .select(["function_key", (it) => it.fn.countAll<number>().as("count")])
    .groupBy("function_key")
    .execute();
  return new Map(rows.map((it) => [it.function_key, it.count]));
}
