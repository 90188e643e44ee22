// Events that were just added and are about to be taken: they need not be read back and opened.
import type { QueuedEvent } from "./event-store.ts";

const BYTES_MAX = 16 << 20;

/** Some of the newest events, by their ids. What is not here is on disk. */
export class FreshEvents {
  readonly #events = new Map<number, QueuedEvent>();
  #bytes = 0;

  /** Keeps it until it is taken, if there is room. */
  keep(queued: QueuedEvent): void {
    const { length } = queued.event.payload;
    if (this.#bytes + length > BYTES_MAX) return;
    this.#bytes += length;
    this.#events.set(queued.id, queued);
  }

  /** Gives it once. */
  take(id: number): QueuedEvent | undefined {
    const found = this.#events.get(id);
    if (found === undefined) return undefined;
    this.#events.delete(id);
    this.#bytes -= found.event.payload.length;
    return found;
  }

  clear(): void {
    this.#events.clear();
    this.#bytes = 0;
  }
}
