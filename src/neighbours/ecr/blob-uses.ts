// When somebody last counted on a blob's being there: a client that was told so does not push it again, and sends a manifest that
// names it.
import type { Clock } from "../../foundation/clock.ts";

/** In memory: after a restart such a client is told to push. */
export class BlobUses {
  readonly #clock: Clock;
  readonly #lastUseMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  use(sha256: string): void {
    this.#lastUseMs.set(sha256, this.#clock.nowMs());
  }

  /** 0: never, as far as is known. */
  lastUseMs(sha256: string): number {
    return this.#lastUseMs.get(sha256) ?? 0;
  }

  /** It is no longer there. */
  forget(sha256: string): void {
    this.#lastUseMs.delete(sha256);
  }
}
