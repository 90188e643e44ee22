// A clock for simulations: it stands still while things happen and jumps to the next of them. Timers lie in a heap, so that
// hundreds of thousands of them cost no more each than a few.
import { assert } from "../foundation/fault.ts";
import type { Clock } from "../foundation/clock.ts";
import { afterIo } from "../foundation/host.ts";

interface Entry {
  readonly atMs: number;
  readonly serial: number;
  fire: (() => void) | undefined;
}

/** The clock, and what makes its time pass. */
export interface EventClock extends Clock {
  /** Lets time pass up to then, each thing at its time; what it sets off has gone as far as it can before the next. */
  runUntil(untilMs: number): Promise<void>;
  /** Things that have happened. */
  events(): number;
}

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.serial < b.serial);

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, entry)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (left !== undefined && right !== undefined && isBefore(right, left)) below += 1;
    const child = heap[below];
    if (child === undefined || isBefore(last, child)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}

/** Promises that something has set off settle before this does. */
function settled(): Promise<void> {
  return new Promise((resolve) => afterIo(resolve));
}

/** A clock at zero. */
export function createEventClock(): EventClock {
  const heap: Entry[] = [];
  let nowMs = 0;
  let serial = 0;
  let events = 0;
  return {
    nowMs: () => nowMs,
    elapsedMs: () => nowMs,
    events: () => events,
    after(delayMs, then) {
      const entry: Entry = { atMs: nowMs + Math.max(0, delayMs), serial: ++serial, fire: then };
      push(heap, entry);
      return {
        [Symbol.dispose]() {
          entry.fire = undefined;
        },
      };
    },
    async runUntil(untilMs) {
      for (let first = heap[0]; first !== undefined && first.atMs <= untilMs; first = heap[0]) {
        pop(heap);
        const { fire } = first;
        if (fire === undefined) continue;
        assert(first.atMs >= nowMs, "time goes on");
        nowMs = first.atMs;
        events += 1;
        fire();
        await settled();
      }
      nowMs = untilMs;
    },
  };
}
