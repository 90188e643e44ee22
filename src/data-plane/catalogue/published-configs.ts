// Event invoke configs as last published, by function and qualifier.
import type { EventInvokeConfig } from "../../model/event-invoke-config.ts";
import { functionKey } from "../../model/function-version.ts";

type Key = Parameters<typeof functionKey>[0];

/** A config and what it is of. */
export interface PublishedConfig {
  readonly qualifier: string;
  readonly config: EventInvokeConfig;
}

/** The configs of all functions. */
export class PublishedConfigs {
  readonly #byFunction = new Map<string, Map<string, EventInvokeConfig>>();

  get(key: Key, qualifier: string): EventInvokeConfig | undefined {
    return this.#byFunction.get(functionKey(key))?.get(qualifier);
  }

  /** Of one function, by qualifier. */
  list(key: Key): readonly PublishedConfig[] {
    const all = [...(this.#byFunction.get(functionKey(key)) ?? [])].map(([qualifier, config]) => ({
      qualifier,
      config,
    }));
    return all.sort((a, b) => (a.qualifier < b.qualifier ? -1 : 1));
  }

  publish(key: Key, qualifier: string, config: EventInvokeConfig): void {
    const name = functionKey(key);
    const known = this.#byFunction.get(name) ?? new Map<string, EventInvokeConfig>();
    this.#byFunction.set(name, known.set(qualifier, config));
  }

  /** Of one qualifier, or of the whole function. */
  remove(key: Key, qualifier?: string): void {
    const name = functionKey(key);
    if (qualifier === undefined) this.#byFunction.delete(name);
    else this.#byFunction.get(name)?.delete(qualifier);
  }

  clear(): void {
    this.#byFunction.clear();
  }
}
