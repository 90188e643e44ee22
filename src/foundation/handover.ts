// From one who gives things as they come to one who takes them as they are wanted: giving is done when the thing was taken.
import { createDeferred, type Deferred } from "./deferred.ts";

/** The way between the two. */
export interface Handover<Item> {
  /** Resolves when the item has been taken, or nobody wants it any more. */
  readonly give: (item: Item) => Promise<void>;
  /** Nothing more comes. */
  readonly end: () => void;
  /** For one taker. Where it stops, what still comes is dropped. */
  readonly items: AsyncIterable<Item>;
}

interface Pending<Item> {
  readonly item: Item;
  readonly taken: Deferred<void>;
}

/** A way on which nothing is yet. */
export function createHandover<Item>(): Handover<Item> {
  const pending: Pending<Item>[] = [];
  let wake = createDeferred<void>();
  let hasEnded = false;
  let isTaken = true;

  async function* take(): AsyncGenerator<Item> {
    let current: Pending<Item> | undefined;
    try {
      for (;;) {
        const next = pending.shift();
        if (next === undefined && hasEnded) return;
        if (next === undefined) {
          await wake.promise;
          wake = createDeferred();
          continue;
        }
        current = next;
        yield next.item;
        // More is asked for, so this one is done with.
        next.taken.resolve();
      }
    } finally {
      isTaken = false;
      current?.taken.resolve();
      for (const { taken } of pending.splice(0)) taken.resolve();
    }
  }

  return {
    items: { [Symbol.asyncIterator]: take },
    async give(item) {
      if (!isTaken) return;
      const taken = createDeferred<void>();
      pending.push({ item, taken });
      wake.resolve();
      await taken.promise;
    },
    end() {
      hasEnded = true;
      wake.resolve();
    },
  };
}
