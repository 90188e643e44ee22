// Things that are over at some time, with one timer for all: a heap by time. Leaving the heap is lazy, so that what is used
// again and again costs nothing here: an entry that comes due asks when its thing is over by now.
import type { Clock, Timer } from "../../foundation/clock.ts";

/** What may be over one day. */
export interface Expiring {
  /** When it is over; undefined while it is in use. Read when an entry comes due. */
  expiresAtMs: number | undefined;
  /** The time under which it stands in the queue; the queue's own. */
  queuedAtMs: number | undefined;
}

interface Entry<T> {
  readonly atMs: number;
  readonly item: T;
}

/** The queue. */
export class ExpiryQueue<T extends Expiring> {
  readonly #clock: Clock;
  readonly #onDue: (item: T) => void;
  readonly #heap: Entry<T>[] = [];
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Its `expiresAtMs` has been set. An entry for an earlier time is left to find that out by itself. */
  watch(item: T): void {
    const atMs = item.expiresAtMs;
    if (atMs === undefined || (item.queuedAtMs !== undefined && item.queuedAtMs <= atMs)) return;
    item.queuedAtMs = atMs;
    this.#push({ atMs, item });
    this.#arm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.atMs >= this.#timerAtMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerAtMs = first.atMs;
    this.#timer = this.#clock.after(Math.max(0, first.atMs - this.#clock.nowMs()), () => this.#fire());
  }

  #fire(): void {
    this.#timerAtMs = Infinity;
    this.#timer = undefined;
    const nowMs = this.#clock.nowMs();
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#pop();
      const { item } = first;
      // Another entry stands for it, since it was to be over sooner.
      if (item.queuedAtMs !== first.atMs) continue;
      item.queuedAtMs = undefined;
      if (item.expiresAtMs === undefined) continue;
      if (item.expiresAtMs <= nowMs) this.#onDue(item);
      else this.watch(item);
    }
    this.#arm();
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.atMs <= entry.atMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left !== undefined && right !== undefined && right.atMs < left.atMs) below += 1;
      const child = heap[below];
      if (child === undefined || child.atMs >= last.atMs) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}
