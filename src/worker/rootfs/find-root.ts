// Finds or makes the root of a runtime that nobody has added: this machine first, then the base image, then, if it may, another version.
import { join } from "node:path";
import { messageOf } from "../../foundation/fault.ts";
import { nodeMajor } from "../../foundation/host.ts";
import { type Runtime, RUNNABLE } from "../../model/runtimes.ts";
import { planFromSource } from "./add-source.ts";
import { baseImageOf } from "./base-images.ts";
import { localBuild, localSource, planLocally } from "./local-root.ts";
import { nearestRuntime } from "./nearest-runtime.ts";
import type { StoredRoot } from "./root-record.ts";
import type { RootStore } from "./root-store.ts";

/** What may be asked beside this machine. */
export interface RootSources {
  /** A registry's prefix for AWS's base images; undefined: they are never fetched. */
  readonly baseImages: string | undefined;
  /** Whether a missing version may be stood in for by the nearest. */
  readonly nearestRuntime: boolean;
  /** Directories with interpreters that this machine's system lacks. */
  readonly interpreters: readonly string[];
}

/** A root, with what users should find in the function's log; or why there is none and what to do about it. */
export type Found =
  | { readonly isThere: true; readonly root: StoredRoot; readonly note: string | undefined }
  | { readonly isThere: false; readonly reason: string };

/** The search through one store. It never throws: what failed is in the reason. */
export function createRootFinder(
  options: RootSources & { readonly directory: string },
  store: RootStore,
): (runtime: Runtime) => Promise<Found> {
  const { interpreters } = options;
  const cache = join(options.directory, "cache");

  async function buildHere(runtime: Runtime): Promise<StoredRoot> {
    const build = localBuild(runtime);
    return (
      store.built(runtime.name, build) ??
      (await store.build(runtime.name, build, await planLocally(runtime, { cache, interpreters })))
    );
  }

  async function fetchBaseImage(runtime: Runtime, prefix: string): Promise<StoredRoot> {
    const name = baseImageOf(prefix, runtime);
    const place = { cache, onProgress: () => undefined };
    return await store.add(runtime.name, await planFromSource(runtime, { kind: "registry", name }, place));
  }

  /** Versions that need nothing fetched. */
  async function available(family: string): Promise<readonly Runtime[]> {
    const there: Runtime[] = [];
    for (const it of RUNNABLE.filter((one) => one.family === family)) {
      const isStored = store.added(it.name) ?? store.built(it.name, localBuild(it));
      const isHere =
        it.family === "nodejs"
          ? it.version === nodeMajor
          : it.family !== "provided" && (await localSource(it, interpreters)) !== undefined;
      if (isStored !== undefined || isHere) there.push(it);
    }
    return there;
  }

  async function standIn(runtime: Runtime): Promise<Found | undefined> {
    const nearest = nearestRuntime(runtime, await available(runtime.family));
    if (nearest === undefined) return undefined;
    const root = store.added(nearest.name) ?? (await buildHere(nearest));
    const note = `${runtime.name} is not on this machine: running on ${nearest.name}, the nearest that is (HEARTH_NEAREST_RUNTIME=on)`;
    return { isThere: true, root, note };
  }

  /** This machine first: that takes seconds. A base image is hundreds of megabytes. */
  return async (runtime) => {
    const failures: string[] = [];
    const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push(messageOf(error));
        return undefined;
      }
    };
    const prefix = options.baseImages;
    const root =
      (await attempt(() => buildHere(runtime))) ??
      (prefix === undefined ? undefined : await attempt(() => fetchBaseImage(runtime, prefix)));
    if (root !== undefined) return { isThere: true, root, note: undefined };
    if (prefix === undefined) failures.push("base images are off (HEARTH_BASE_IMAGES=never)");
    const nearest = options.nearestRuntime ? await attempt(() => standIn(runtime)) : undefined;
    if (nearest !== undefined) return nearest;
    const how = `hearth runtimes add ${runtime.name} --from IMAGE (or an OCI layout, a directory, an interpreter)`;
    return {
      isThere: false,
      reason: `${runtime.name} is not here: ${failures.join("; ")}. Add it with: ${how}`,
    };
  };
}
