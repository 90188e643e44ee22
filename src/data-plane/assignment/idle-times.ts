// How long idle environments are kept: asks the keep-alive policy, tells it what became of them, and has those ended whose
// time is over. Provisioned ones are kept for as long as they are wanted.
import type { Clock } from "../../foundation/clock.ts";
import type { EnvironmentRecord } from "./environment-record.ts";
import { ExpiryQueue } from "./expiry-queue.ts";
import { type KeepAlivePolicy, keepUntilMs } from "./keep-alive-policy.ts";

const FUNCTIONS_REMEMBERED_MAX = 200_000;

/** What it stands on. `random` gives numbers in [0, 1). */
export interface IdleTimesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly keepAlive: KeepAlivePolicy;
}

/** Of all functions. Functions are named by their key. */
export class IdleTimes {
  readonly #deps: IdleTimesDeps;
  readonly #expiry: ExpiryQueue<EnvironmentRecord>;
  /** When a function's last invocation ended, for those of which no environment is left. */
  readonly #lastUse = new Map<string, number>();

  constructor(deps: IdleTimesDeps, onOver: (environment: EnvironmentRecord) => void) {
    this.#deps = deps;
    this.#expiry = new ExpiryQueue(deps.clock, onOver);
  }

  /** It is idle from now on. */
  begin(environment: EnvironmentRecord): void {
    if (environment.qualifier !== undefined) return;
    const { clock, random, keepAlive } = this.#deps;
    const nowMs = clock.nowMs();
    const keepMs = keepAlive.keepMs(environment.functionKey, random());
    environment.expiresAtMs = keepUntilMs(environment.bornAtMs, nowMs, keepMs);
    this.#expiry.watch(environment);
  }

  /** It is used again. */
  used(environment: EnvironmentRecord): void {
    environment.expiresAtMs = undefined;
    if (environment.qualifier !== undefined) return;
    const idleMs = this.#deps.clock.nowMs() - environment.lastUsedAtMs;
    this.#deps.keepAlive.observeIdle(environment.functionKey, idleMs);
  }

  /** It was the last one of its function. */
  lastGone({ functionKey, lastUsedAtMs }: EnvironmentRecord): void {
    this.#lastUse.set(functionKey, lastUsedAtMs);
    const [oldest] = this.#lastUse.keys();
    if (this.#lastUse.size > FUNCTIONS_REMEMBERED_MAX && oldest !== undefined) this.#lastUse.delete(oldest);
  }

  /** A function without any environment gets one: the time since its last one was used is an idle time too. */
  firstWanted(functionKey: string): void {
    const lastUseMs = this.#lastUse.get(functionKey);
    if (lastUseMs === undefined) return;
    this.#lastUse.delete(functionKey);
    this.#deps.keepAlive.observeIdle(functionKey, this.#deps.clock.nowMs() - lastUseMs);
  }

  /** The function is no more, or all of it is new. */
  forget(functionKey: string): void {
    this.#lastUse.delete(functionKey);
  }
}
