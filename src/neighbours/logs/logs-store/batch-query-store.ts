// The SQL that reads log events: batches in the order in which they can be merged, some at once.
import type { Kysely } from "kysely";
import { afterIo } from "../../../foundation/host.ts";
import { BATCH_SPAN_MS_MAX, type Position } from "./batch.ts";
import { behindPrefix, type LogsTables } from "./logs-tables.ts";
import type { Direction, ReadBatch } from "./merge-batches.ts";

/** Which events are asked for. */
export interface EventQuery {
  readonly groupId: number;
  readonly streamNames: readonly string[] | undefined;
  readonly streamPrefix: string | undefined;
  /** Inclusive. */
  readonly fromMs: number | undefined;
  /** Exclusive. */
  readonly untilMs: number | undefined;
  /** Only what comes after it, or before it when reading backward. */
  readonly beyond: Position | undefined;
  readonly direction: Direction;
}

const ROWS_AT_ONCE = 16;

type Db = Kysely<LogsTables>;

function batchesOf(on: Db, query: EventQuery, after: ReadBatch | undefined) {
  const { direction, beyond, fromMs, untilMs } = query;
  const isForward = direction === "forward";
  const lowestMs = Math.max(fromMs ?? 0, isForward ? (beyond?.timestampMs ?? 0) : 0);
  const highestMs = isForward ? undefined : beyond?.timestampMs;
  const edge = isForward ? "first_ms" : "last_ms";
  let found = on
    .selectFrom("log_batches")
    .innerJoin("log_streams", "log_streams.id", "log_batches.stream_id")
    .where("log_batches.group_id", "=", query.groupId)
    .where("last_ms", ">=", lowestMs)
    // Says no more than the line above, but by the column that is in the index.
    .where("first_ms", ">=", lowestMs - BATCH_SPAN_MS_MAX)
    .select([
      "log_batches.id",
      "first_ms as firstMs",
      "last_ms as lastMs",
      "ingested_at_ms as ingestedAtMs",
      "events",
      "log_streams.name as streamName",
    ]);
  if (query.streamNames !== undefined) found = found.where("log_streams.name", "in", query.streamNames);
  if (query.streamPrefix !== undefined) {
    found = found
      .where("log_streams.name", ">=", query.streamPrefix)
      .where("log_streams.name", "<", behindPrefix(query.streamPrefix));
  }
  if (untilMs !== undefined) found = found.where("first_ms", "<", untilMs);
  if (highestMs !== undefined) {
    found = found.where("first_ms", "<=", highestMs).where("last_ms", "<=", highestMs + BATCH_SPAN_MS_MAX);
  }
  if (after !== undefined) {
    const [comparison, edgeMs] = isForward ? ([">", after.firstMs] as const) : (["<", after.lastMs] as const);
    found = found.where((it) =>
      it.or([
        it(edge, comparison, edgeMs),
        it.and([it(edge, "=", edgeMs), it("log_batches.id", comparison, after.id)]),
      ]),
    );
  }
  const order = isForward ? "asc" : "desc";
  return found.orderBy(edge, order).orderBy("log_batches.id", order).limit(ROWS_AT_ONCE).execute();
}

/** Batches that may hold events asked for, as `mergeBatches` wants them; other work gets its turn in between. */
export async function* readBatches(on: Db, query: EventQuery): AsyncGenerator<ReadBatch> {
  let last: ReadBatch | undefined;
  for (;;) {
    const rows = await batchesOf(on, query, last);
    yield* rows;
    last = rows.at(-1);
    if (rows.length < ROWS_AT_ONCE) return;
    // SQLite answers at once, so without this nothing else would run until all is read.
    await new Promise<void>((resolve) => afterIo(resolve));
  }
}
