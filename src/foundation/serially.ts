// Changes of one thing, one after the other; changes of different things don't wait for each other.

/** Runs a change when those of the same key that came before have ended, however they ended. */
export type Serially<Key> = <T>(key: Key, change: () => Promise<T>) => Promise<T>;

/** One promise chain a key; keys of the same name are one. */
export function createSerially<Key>(nameOf: (key: Key) => string): Serially<Key> {
  const tails = new Map<string, Promise<unknown>>();
  return (key, change) => {
    const name = nameOf(key);
    const result = (tails.get(name) ?? Promise.resolve()).then(change, change);
    tails.set(name, result);
    const forget = (): void => {
      if (tails.get(name) === result) tails.delete(name);
    };
    result.then(forget, forget);
    return result;
  };
}
