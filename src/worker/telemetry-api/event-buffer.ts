// What one subscriber has not been sent yet: bounded, so that nobody waits for a slow one; what finds no room is counted.
import type { Buffering } from "./subscription-request.ts";

/** What was lost since it was last told. */
export interface Dropped {
  readonly records: number;
  readonly bytes: number;
}

/** Batches that may wait behind the one that is being sent. */
const BATCHES_MAX = 4;

/** A buffer. Changed in place: a function's every line goes through it. */
export class EventBuffer {
  readonly #buffering: Buffering;
  #events: string[] = [];
  #bytes = 0;
  #dropped: Dropped | undefined;

  constructor(buffering: Buffering) {
    this.#buffering = buffering;
  }

  add(event: string): void {
    const bytes = Buffer.byteLength(event);
    const { itemsMax, bytesMax } = this.#buffering;
    if (this.#events.length >= itemsMax * BATCHES_MAX || this.#bytes + bytes > bytesMax * BATCHES_MAX)
      return this.drop(1, bytes);
    this.#events.push(event);
    this.#bytes += bytes;
  }

  drop(records: number, bytes: number): void {
    const { records: before, bytes: bytesBefore } = this.#dropped ?? { records: 0, bytes: 0 };
    this.#dropped = { records: before + records, bytes: bytesBefore + bytes };
  }

  /** Whether a batch is full. */
  isFull(): boolean {
    return this.#events.length >= this.#buffering.itemsMax || this.#bytes >= this.#buffering.bytesMax;
  }

  hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** What was lost since this was last asked. */
  takeDropped(): Dropped | undefined {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    return dropped;
  }

  /** The next batch, the oldest first; at least one event where there is any. */
  take(): readonly string[] {
    const { itemsMax, bytesMax } = this.#buffering;
    let count = 0;
    let bytes = 0;
    for (const event of this.#events) {
      const size = Buffer.byteLength(event);
      if (count > 0 && (count >= itemsMax || bytes + size > bytesMax)) break;
      count++;
      bytes += size;
    }
    const batch = this.#events.slice(0, count);
    this.#events = this.#events.slice(count);
    this.#bytes -= bytes;
    return batch;
  }
}
