// Brings the events of batches that overlap in time into one order, reading no further ahead than it must. Pure.
import { comparePositions, eventsOf, type Position } from "./batch.ts";

/** A batch as read from the store. */
export interface ReadBatch {
  readonly id: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ingestedAtMs: number;
  readonly events: string;
  readonly streamName: string;
}

/** One event in its place. */
export interface PlacedEvent {
  readonly position: Position;
  readonly ingestedAtMs: number;
  readonly message: string;
  readonly streamName: string;
}

/** Which way events are read. */
export type Direction = "forward" | "backward";

/** Whether an event is wanted, by its place. */
export type IsWanted = (position: Position) => boolean;

function placed(batch: ReadBatch, isWanted: IsWanted): PlacedEvent[] {
  return eventsOf(batch.events)
    .map(({ timestampMs, message }, index) => ({
      position: { timestampMs, batchId: batch.id, index },
      ingestedAtMs: batch.ingestedAtMs,
      message,
      streamName: batch.streamName,
    }))
    .filter((it) => isWanted(it.position));
}

/**
 * Events in order of their positions, or against it. Batches have to come by their first event's time upwards, or
 * by their last one's downwards: then what lies before the next batch's end can't be preceded by anything unread.
 */
export async function* mergeBatches(
  batches: AsyncIterable<ReadBatch>,
  direction: Direction,
  isWanted: IsWanted,
): AsyncGenerator<PlacedEvent> {
  const sign = direction === "forward" ? 1 : -1;
  let waiting: PlacedEvent[] = [];
  for await (const batch of batches) {
    const edgeMs = direction === "forward" ? batch.firstMs : batch.lastMs;
    const unsafe = waiting.findIndex((it) => sign * (it.position.timestampMs - edgeMs) >= 0);
    const safe = waiting.splice(0, unsafe < 0 ? waiting.length : unsafe);
    waiting = [...waiting, ...placed(batch, isWanted)].sort((a, b) => sign * comparePositions(a.position, b.position));
    yield* safe;
  }
  yield* waiting;
}
