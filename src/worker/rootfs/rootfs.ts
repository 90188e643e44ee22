// Root filesystems by runtime: built or fetched once, kept on disk, shared read-only by every environment of that runtime.
import { existsSync } from "node:fs";
import { judgeRuntime, type Runtime } from "../../model/runtimes.ts";
import { createRootFinder, type RootSources } from "./find-root.ts";
import type { RuntimeStart, StoredRoot } from "./root-record.ts";
import { createRootStore } from "./root-store.ts";

export type { ImageConfig } from "./images/image-source.ts";
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
      /** What the name of a function's image stands for; undefined for a runtime. */
      readonly imageDigest?: string | undefined;
      /** Where such an image has what others have of layers, on the worker. */
      readonly optDirectory?: string | undefined;
    }
  | { readonly ready: false; readonly reason: string };

/** The worker's root filesystems. */
export interface RootFilesystems {
  /** Builds or fetches what is missing; concurrent calls for one runtime share the work. */
  prepare(runtimeName: string): Promise<Prepared>;
}

/** Where roots lie and where else they may come from. */
export interface RootFilesystemsOptions extends RootSources {
  readonly directory: string;
}

/** A root as environments start on it. */
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
  const store = createRootStore(options.directory);
  const find = createRootFinder(options, store);
  const underway = new Map<string, Promise<Prepared>>();

  async function prepareRoot(runtime: Runtime): Promise<Prepared> {
    const found = await find(runtime);
    return found.isThere ? readyFrom(found.root, found.note) : { ready: false, reason: found.reason };
  }

  return {
    async prepare(runtimeName) {
      const verdict = judgeRuntime(runtimeName);
      if (verdict.kind !== "runnable") return { ready: false, reason: `Runtime ${runtimeName} can't be run here.` };
      // Asked each time: what the user adds while Hearth runs counts from the next environment on.
      const added = store.added(runtimeName);
      if (added !== undefined) return readyFrom(added);
      const running = underway.get(runtimeName);
      const before = running === undefined ? undefined : await running;
      // `hearth runtimes remove` may have taken away what was built.
      if (before !== undefined && (!before.ready || existsSync(before.rootfs))) return before;
      const work = prepareRoot(verdict.runtime);
      underway.set(runtimeName, work);
      // What failed may work next time; what is ready is remembered.
      const forget = (): void => void underway.delete(runtimeName);
      void work.then((prepared) => prepared.ready || forget(), forget);
      return await work;
    },
  };
}
