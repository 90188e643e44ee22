// A streamed response between worker and client: what came and was not taken yet, no more than the link lets come.
import { createDeferred } from "../../foundation/deferred.ts";
import { createHandover } from "../../foundation/handover.ts";

/** The stream. */
export interface ResponseStream {
  /** Resolves when the chunk has been taken, or nobody wants it any more. */
  readonly write: (chunk: Buffer) => Promise<void>;
  /** No more chunks come. */
  readonly end: () => void;
  /** Resolves with the first chunk. */
  readonly begun: Promise<void>;
  /** For one reader. Where it stops reading, the function goes on, as on AWS. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** A stream in which nothing is yet. */
export function createResponseStream(): ResponseStream {
  const begun = createDeferred<void>();
  const { give, end, items } = createHandover<Buffer>();
  return {
    begun: begun.promise,
    chunks: items,
    end,
    async write(chunk) {
      begun.resolve();
      await give(chunk);
    },
  };
}
