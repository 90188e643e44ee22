// A streamed response between worker and client: what came and was not taken yet, no more than the link lets come.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";

/** The stream. */
export interface ResponseStream {
  /** Resolves when the chunk has been taken, or nobody wants it any more. */
  readonly write: (chunk: Buffer) => Promise<void>;
  /** No more chunks come. */
  readonly end: () => void;
  /** Resolves with the first chunk. */
  readonly begun: Promise<void>;
  /** For one reader. Where it stops reading, what still comes is dropped: the function goes on, as on AWS. */
  readonly chunks: AsyncIterable<Buffer>;
}

interface Pending {
  readonly chunk: Buffer;
  readonly taken: Deferred<void>;
}

/** A stream in which nothing is yet. */
export function createResponseStream(): ResponseStream {
  const begun = createDeferred<void>();
  const pending: Pending[] = [];
  let wake = createDeferred<void>();
  let hasEnded = false;
  let isRead = true;

  async function* read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const next = pending.shift();
        if (next === undefined && hasEnded) return;
        if (next === undefined) {
          await wake.promise;
          wake = createDeferred();
          continue;
        }
        yield next.chunk;
        // The reader asks for more, so it is done with this one.
        next.taken.resolve();
      }
    } finally {
      isRead = false;
      for (const { taken } of pending.splice(0)) taken.resolve();
    }
  }

  return {
    begun: begun.promise,
    chunks: { [Symbol.asyncIterator]: read },
    async write(chunk) {
      begun.resolve();
      if (!isRead) return;
      const taken = createDeferred<void>();
      pending.push({ chunk, taken });
      wake.resolve();
      await taken.promise;
    },
    end() {
      hasEnded = true;
      wake.resolve();
    },
  };
}
