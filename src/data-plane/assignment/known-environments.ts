// The environments that there are, by id and by function.
import type { Worker } from "../placement/placement.ts";
import type { EnvironmentRecord } from "./environment-record.ts";

/** Those of all functions on all workers. */
export class KnownEnvironments {
  readonly #byId = new Map<string, EnvironmentRecord>();
  readonly #byFunction = new Map<string, Set<EnvironmentRecord>>();

  add(environment: EnvironmentRecord): void {
    this.#byId.set(environment.environmentId, environment);
    const others = this.#byFunction.get(environment.functionKey) ?? new Set();
    this.#byFunction.set(environment.functionKey, others.add(environment));
  }

  remove(environment: EnvironmentRecord): void {
    this.#byId.delete(environment.environmentId);
    const others = this.#byFunction.get(environment.functionKey);
    others?.delete(environment);
    if (others?.size === 0) this.#byFunction.delete(environment.functionKey);
  }

  /** Not so when it is gone, or when its worker joined anew and brought it along. */
  has(environment: EnvironmentRecord): boolean {
    return this.#byId.get(environment.environmentId) === environment;
  }

  get(environmentId: string): EnvironmentRecord | undefined {
    return this.#byId.get(environmentId);
  }

  hasAnyOf(functionKey: string): boolean {
    return this.#byFunction.has(functionKey);
  }

  /** Who reads them may remove what it has read. */
  of(functionKey: string): Iterable<EnvironmentRecord> {
    return this.#byFunction.get(functionKey) ?? [];
  }

  /** Who reads them may remove what it has read. */
  *on(worker: Worker): Iterable<EnvironmentRecord> {
    for (const it of this.#byId.values()) if (it.worker === worker) yield it;
  }

  all(): readonly EnvironmentRecord[] {
    return [...this.#byId.values()];
  }
}
