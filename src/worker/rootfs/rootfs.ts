// Root filesystems by runtime: built or fetched once, kept on disk, shared read-only by every environment of that runtime.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../foundation/fault.ts";
import { nodeMajor } from "../../foundation/host.ts";
import { judgeRuntime, type Runtime, RUNNABLE } from "../../model/runtimes.ts";
import { planFromSource } from "./add-source.ts";
import { baseImageOf } from "./base-images.ts";
import { localBuild, planLocally } from "./local-root.ts";
import { nearestRuntime } from "./nearest-runtime.ts";
import { findPython } from "./python-runtime.ts";
import type { RuntimeStart, StoredRoot } from "./root-record.ts";
import { createRootStore } from "./root-store.ts";

export type { RuntimeStart } from "./root-record.ts";

/** A runtime ready to run, or why not and what to do about it. */
export type Prepared =
  | {
      readonly ready: true;
      readonly rootfs: string;
      readonly start: RuntimeStart;
      /** Where the runtime's client lies, seen from inside the root. */
      readonly runtimeDirectory: string;
      /** Variables of the root's image, for those that the environment does not have. */
      readonly environment: Readonly<Record<string, string>>;
      /** What users should find in the function's log. */
      readonly note: string | undefined;
    }
  | { readonly ready: false; readonly reason: string };

/** The worker's root filesystems. */
export interface RootFilesystems {
  /** Builds or fetches what is missing; concurrent calls for one runtime share the work. */
  prepare(runtimeName: string): Promise<Prepared>;
}

/** Where roots lie and where else they may come from. */
export interface RootFilesystemsOptions {
  readonly directory: string;
  /** A registry's prefix for AWS's base images; undefined: they are never fetched. */
  readonly baseImages: string | undefined;
  /** Whether a missing version may be stood in for by the nearest. */
  readonly nearestRuntime: boolean;
}

const readyFrom = ({ rootfs, record }: StoredRoot, note?: string): Prepared => ({
  ready: true,
  rootfs,
  start: record.start,
  runtimeDirectory: "/var/runtime",
  environment: record.environment,
  note,
});

/** Root filesystems under one directory. */
export function createRootFilesystems(options: RootFilesystemsOptions): RootFilesystems {
  const cache = join(options.directory, "cache");
  const store = createRootStore(options.directory);
  const underway = new Map<string, Promise<Prepared>>();

  async function buildHere(runtime: Runtime): Promise<StoredRoot> {
    const build = localBuild(runtime);
    return (
      store.built(runtime.name, build) ?? (await store.build(runtime.name, build, await planLocally(runtime, cache)))
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
      const isHere = it.family === "python" ? (await findPython(it.version)) !== undefined : it.version === nodeMajor;
      if (isStored !== undefined || isHere) there.push(it);
    }
    return there;
  }

  async function standIn(runtime: Runtime): Promise<Prepared | undefined> {
    const nearest = nearestRuntime(runtime, await available(runtime.family));
    if (nearest === undefined) return undefined;
    const root = store.added(nearest.name) ?? (await buildHere(nearest));
    const note = `HEARTH_NEAREST_RUNTIME ${runtime.name} is not on this machine: running on ${nearest.name}, the nearest that is`;
    return readyFrom(root, note);
  }

  /** This machine first: that takes seconds. A base image is hundreds of megabytes. */
  async function find(runtime: Runtime): Promise<Prepared> {
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
    if (root !== undefined) return readyFrom(root);
    if (prefix === undefined) failures.push("base images are off (HEARTH_BASE_IMAGES=never)");
    const nearest = options.nearestRuntime ? await attempt(() => standIn(runtime)) : undefined;
    if (nearest !== undefined) return nearest;
    const how = `hearth runtimes add ${runtime.name} --from IMAGE (or an OCI layout, a directory, an interpreter)`;
    return {
      ready: false,
      reason: `${runtime.name} is not here: ${failures.join("; ")}. Add it with: ${how}`,
    };
  }

  return {
    async prepare(runtimeName) {
      const verdict = judgeRuntime(runtimeName);
      if (verdict.kind !== "runnable") return { ready: false, reason: `Runtime ${runtimeName} can't be run here.` };
      // Asked each time: what the user adds while Hearth runs counts from the next environment on.
      const added = store.added(runtimeName);
      if (added !== undefined) return readyFrom(added);
      const before = await underway.get(runtimeName);
      // `hearth runtimes remove` may have taken away what was built.
      if (before !== undefined && (!before.ready || existsSync(before.rootfs))) return before;
      const work = find(verdict.runtime);
      underway.set(runtimeName, work);
      // What failed may work next time; what is ready is remembered.
      const forget = (): void => void underway.delete(runtimeName);
      void work.then((prepared) => prepared.ready || forget(), forget);
      return await work;
    },
  };
}
