// What there is of every runtime: what `hearth runtimes` shows.
import { type Runtime, RUNNABLE } from "../../model/runtimes.ts";
import { baseImageOf } from "./base-images.ts";
import type { RootSources } from "./find-root.ts";
import { localBuild, localSource } from "./local-root.ts";
import type { StoredRoot } from "./root-record.ts";
import type { RootStore } from "./root-store.ts";

/** One runtime. */
export interface RuntimeStatus {
  readonly name: string;
  /** `added` and `built` are on disk; `buildable` and `fetchable` come when first needed; `missing` needs the user. */
  readonly state: "added" | "built" | "buildable" | "fetchable" | "missing";
  /** What it is or would be made of. */
  readonly source: string | undefined;
  /** Of files on disk. */
  readonly bytes: number | undefined;
}

/** The root that environments of a runtime start on, if it is there. */
export function rootInUse(store: RootStore, runtime: Runtime): StoredRoot | undefined {
  return store.added(runtime.name) ?? store.built(runtime.name, localBuild(runtime));
}

/** Where runtimes that are not on disk would come from. */
export type ListedSources = Pick<RootSources, "baseImages" | "interpreters">;

async function statusOf(
  store: RootStore,
  runtime: Runtime,
  { baseImages, interpreters }: ListedSources,
): Promise<RuntimeStatus> {
  const { name } = runtime;
  const root = rootInUse(store, runtime);
  if (root !== undefined) {
    const state = store.added(name) === undefined ? "built" : "added";
    return { name, state, source: root.record.from, bytes: root.record.inventory.bytes };
  }
  const local = await localSource(runtime, interpreters);
  if (local !== undefined) return { name, state: "buildable", source: local, bytes: undefined };
  if (baseImages === undefined) return { name, state: "missing", source: undefined, bytes: undefined };
  return { name, state: "fetchable", source: baseImageOf(baseImages, runtime), bytes: undefined };
}

/** Every runtime that functions can be created with, in the model's order. Fetches and builds nothing. */
export function listRuntimes(store: RootStore, sources: ListedSources): Promise<readonly RuntimeStatus[]> {
  return Promise.all(RUNNABLE.map((it) => statusOf(store, it, sources)));
}
