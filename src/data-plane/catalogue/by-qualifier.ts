// Something as last published, by function and qualifier.
import { functionKey } from "../../model/function-version.ts";

type Key = Parameters<typeof functionKey>[0];

/** Of all functions. */
export class ByQualifier<T> {
  readonly #byFunction = new Map<string, Map<string, T>>();

  get(key: Key, qualifier: string): T | undefined {
    return this.#byFunction.get(functionKey(key))?.get(qualifier);
  }

  /** Of one function, by qualifier. */
  list(key: Key): readonly { readonly qualifier: string; readonly value: T }[] {
    const all = [...(this.#byFunction.get(functionKey(key)) ?? [])].map(([qualifier, value]) => ({ qualifier, value }));
    return all.sort((a, b) => (a.qualifier < b.qualifier ? -1 : 1));
  }

  /** `undefined` takes it away. */
  publish(key: Key, qualifier: string, value: T | undefined): void {
    if (value === undefined) return this.remove(key, qualifier);
    const name = functionKey(key);
    const known = this.#byFunction.get(name) ?? new Map<string, T>();
    this.#byFunction.set(name, known.set(qualifier, value));
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
