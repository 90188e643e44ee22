// The line of one deployment: its idle environments, the requests that wait for one, and the starts that are under way for
// them. A request is served by whichever comes first, a new environment or one set free; first come, first served.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { EnvironmentRecord } from "./environment-record.ts";
import type { Lease } from "./lease.ts";

/** A request that waits. */
export interface Waiter {
  readonly deferred: Deferred<Lease>;
}

/** A start under way; while it waits for a worker it can be called off. */
export interface PendingStart {
  readonly placing: AbortController;
  isPlaced: boolean;
}

/** The line. */
export class LeaseQueue {
  /** The one used last is the last. */
  readonly #idle: EnvironmentRecord[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #starts = new Set<PendingStart>();

  isEmpty(): boolean {
    return this.#idle.length === 0 && this.#waiters.size === 0 && this.#starts.size === 0;
  }

  /** The most recently used idle environment: its memory is the warmest, and the others may be let go sooner. */
  takeIdle(): EnvironmentRecord | undefined {
    return this.#idle.pop();
  }

  putIdle(environment: EnvironmentRecord): void {
    this.#idle.push(environment);
  }

  removeIdle(environment: EnvironmentRecord): void {
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Rejects when the request goes away, or when a start fails that would have served it. */
  async wait(signal: AbortSignal): Promise<Lease> {
    const waiter: Waiter = { deferred: createDeferred<Lease>() };
    this.#waiters.add(waiter);
    const abort = (): void => this.#cancel(waiter, signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await waiter.deferred.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Who has waited the longest; from now on it does not wait any longer. */
  nextWaiter(): Waiter | undefined {
    const [waiter] = this.#waiters;
    if (waiter !== undefined) this.#leave(waiter);
    return waiter;
  }

  /** Whether fewer starts are under way than one more request would wait: else a start that another one left serves it. */
  wantsStart(): boolean {
    return this.#starts.size <= this.#waiters.size;
  }

  beginStart(): PendingStart {
    const start: PendingStart = { placing: new AbortController(), isPlaced: false };
    this.#starts.add(start);
    return start;
  }

  endStart(start: PendingStart): void {
    this.#starts.delete(start);
  }

  /** A start has failed: where more wait than starts are under way, the newest of them fails with it. */
  fail(error: Error): void {
    if (this.#waiters.size <= this.#starts.size) return;
    const waiter = [...this.#waiters].at(-1);
    if (waiter !== undefined) this.#cancel(waiter, error);
  }

  /** One that was served has no part in it. */
  #cancel(waiter: Waiter, reason: Error): void {
    if (!this.#waiters.has(waiter)) return;
    this.#leave(waiter);
    waiter.deferred.reject(reason);
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#starts.size <= this.#waiters.size) return;
    // More starts than requests: one that has no worker yet need not have one.
    const idle = [...this.#starts].findLast((it) => !it.isPlaced);
    if (idle === undefined) return;
    // At once: a start that was called off must not count as one that others may wait for.
    this.#starts.delete(idle);
    idle.placing.abort(new Error("no request waits for it any longer"));
  }
}
