// Environments that were initialised ahead and wait, frozen, until one of their version is asked for: what snapshots of a
// virtual machine would be, of which each serves once. Behind this seam a driver that has such snapshots can take their place.
import type { Clock } from "../foundation/clock.ts";

/** How long one waits at most: its role's keys and what it has connected to grow old. */
const AGE_MS_MAX = 3 * 3_600_000;
/** All deployments together; the oldest goes. */
const KEPT_MAX = 64;

/** One that waits. */
export interface Kept {
  /** Ends it. */
  stop(): Promise<void>;
}

interface Entry<Held> {
  readonly held: Held;
  readonly sinceMs: number;
}

/** Those of one worker: one for each deployment. */
export class Snapshots<Held extends Kept> {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #onFault: (error: unknown) => void;
  readonly #entries = new Map<string, Entry<Held>>();

  constructor(clock: Pick<Clock, "nowMs">, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  has(deploymentId: string): boolean {
    return this.#entries.has(deploymentId);
  }

  /** It is the caller's from then on. */
  take(deploymentId: string): Held | undefined {
    const entry = this.#entries.get(deploymentId);
    this.#entries.delete(deploymentId);
    return entry?.held;
  }

  /** In the place of one that was there. */
  keep(deploymentId: string, held: Held): void {
    this.drop([deploymentId]);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= KEPT_MAX && oldest !== undefined) this.drop([oldest]);
    this.#entries.set(deploymentId, { held, sinceMs: this.#clock.nowMs() });
  }

  /** It has ended by itself. */
  forget(held: Held): void {
    for (const [deploymentId, entry] of this.#entries) if (entry.held === held) this.#entries.delete(deploymentId);
  }

  drop(deploymentIds: Iterable<string>): void {
    for (const it of deploymentIds) this.take(it)?.stop().catch(this.#onFault);
  }

  /** Ends what has waited for too long. */
  expire(): void {
    const nowMs = this.#clock.nowMs();
    this.drop(
      [...this.#entries].filter(([, it]) => nowMs - it.sinceMs > AGE_MS_MAX).map(([deploymentId]) => deploymentId),
    );
  }

  async stop(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(all.map(({ held }) => held.stop()));
  }
}
