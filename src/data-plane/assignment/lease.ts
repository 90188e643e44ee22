// A lease: an environment promised to one invocation, until it is given back.
import type { EnvironmentStarted } from "../../link/messages.ts";
import type { Worker } from "../placement/placement.ts";
import type { EnvironmentRecord } from "./environment-record.ts";

/** An environment promised to one invocation. Disposing gives it back, idle, unless it is gone. */
export interface Lease extends Disposable {
  readonly environmentId: string;
  readonly deploymentId: string;
  readonly worker: Worker;
  /** What the start took, where this lease's environment was started for it. */
  readonly started: EnvironmentStarted | undefined;
  /** The environment has ended by itself. */
  gone(): void;
  /** Nobody knows what the environment does now: it is ended, so that nothing of it stays on its worker. */
  abandon(): void;
}

/** What becomes of an environment when its lease ends. */
export interface LeaseEnds {
  setFree(environment: EnvironmentRecord): void;
  remove(environment: EnvironmentRecord): void;
  end(environment: EnvironmentRecord): void;
}

/** One lease. Only its first end counts. */
export class EnvironmentLease implements Lease {
  readonly started: EnvironmentStarted | undefined;
  readonly #ends: LeaseEnds;
  readonly #environment: EnvironmentRecord;
  #isHeld = true;

  constructor(environment: EnvironmentRecord, started: EnvironmentStarted | undefined, ends: LeaseEnds) {
    this.#environment = environment;
    this.#ends = ends;
    this.started = started;
  }

  get environmentId(): string {
    return this.#environment.environmentId;
  }

  get deploymentId(): string {
    return this.#environment.deploymentId;
  }

  get worker(): Worker {
    return this.#environment.worker;
  }

  #release(): boolean {
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    return wasHeld;
  }

  gone(): void {
    if (this.#release()) this.#ends.remove(this.#environment);
  }

  abandon(): void {
    if (this.#release()) this.#ends.end(this.#environment);
  }

  [Symbol.dispose](): void {
    if (this.#release()) this.#ends.setFree(this.#environment);
  }
}
