// The roots on disk by runtime: those built here, and those added, which come first. What the command line writes, a running worker reads.
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { newHex } from "../../foundation/ids.ts";
import { buildOnce } from "./build-once.ts";
import { readRoot, type RootContents, type StoredRoot, writeRecord } from "./root-record.ts";

/** Puts everything into a root, and says what that is. */
export type Fill = (root: string) => Promise<RootContents>;

/** Roots under one directory, which several workers may share. */
export interface RootStore {
  /** What `hearth runtimes add` or a fetched base image has put there; read anew each time. */
  added(runtime: string): StoredRoot | undefined;
  built(runtime: string, build: string): StoredRoot | undefined;
  /** Builds it unless it is there. `build` names the exact outcome. */
  build(runtime: string, build: string, fill: Fill): Promise<StoredRoot>;
  /** Replaces what was added before; environments that run on that keep it. */
  add(runtime: string, fill: Fill): Promise<StoredRoot>;
  /** Takes away what was added, or else what was built. False where there was neither. */
  remove(runtime: string): Promise<boolean>;
}

const GONE = ".gone";

/** Whether some process has a directory of that name in a mount. Directory names are random, so any mention is a use. */
function isMounted(name: string): boolean {
  // Where there is no /proc there are no sandboxes either.
  return (existsSync("/proc") ? readdirSync("/proc") : []).some((pid) => {
    if (!/^\d+$/u.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(name);
    } catch {
      // Processes end while we look.
      return false;
    }
  });
}

/** Deletes retired roots that nothing runs on any more. */
async function sweep(directory: string): Promise<void> {
  for (const name of readdirSync(directory))
    if (name.endsWith(GONE) && !isMounted(name)) await rm(join(directory, name), { recursive: true, force: true });
}

/** Roots under a directory. */
export function createRootStore(directory: string): RootStore {
  const pointer = (runtime: string): string => join(directory, `${runtime}.json`);

  function pointedAt(runtime: string): string | undefined {
    if (!existsSync(pointer(runtime))) return undefined;
    const { root } = JSON.parse(readFileSync(pointer(runtime), "utf8")) as { root: string };
    return join(directory, basename(root));
  }

  /** A root in use can be renamed but not deleted: its mounts follow it, its files would be missed. */
  function retire(root: string): void {
    if (existsSync(root)) renameSync(root, `${root}.${newHex(4)}${GONE}`);
  }

  async function finish(root: string, runtime: string, fill: Fill): Promise<void> {
    await buildOnce(root, async (unfinished) => {
      await mkdir(join(unfinished, "root"), { mode: 0o755 });
      await writeRecord(unfinished, runtime, await fill(join(unfinished, "root")));
    });
  }

  const stored = (root: string): StoredRoot => {
    const found = readRoot(root);
    if (found === undefined) throw new Error(`${root} was taken away while it was built`);
    return found;
  };
  const builtDirectory = (runtime: string, build: string): string => join(directory, `${runtime}-${build}`);

  return {
    added(runtime) {
      const root = pointedAt(runtime);
      return root === undefined ? undefined : readRoot(root);
    },
    built: (runtime, build) => readRoot(builtDirectory(runtime, build)),
    async build(runtime, build, fill) {
      await finish(builtDirectory(runtime, build), runtime, fill);
      return stored(builtDirectory(runtime, build));
    },
    async add(runtime, fill) {
      const root = join(directory, `${runtime}-added-${newHex(4)}`);
      await finish(root, runtime, fill);
      const before = pointedAt(runtime);
      // The pointer changes in one step: a worker sees the old root or the new one, and both are there.
      await writeFile(`${pointer(runtime)}.${basename(root)}`, JSON.stringify({ root: basename(root) }));
      await rename(`${pointer(runtime)}.${basename(root)}`, pointer(runtime));
      if (before !== undefined) retire(before);
      await sweep(directory);
      return stored(root);
    },
    async remove(runtime) {
      if (!existsSync(directory)) return false;
      const added = pointedAt(runtime);
      const roots =
        added === undefined
          ? readdirSync(directory)
              .filter((it) => it.startsWith(`${runtime}-`) && /^[^.]*$/u.test(it.slice(runtime.length)))
              .map((it) => join(directory, it))
          : [added];
      if (added !== undefined) await rm(pointer(runtime), { force: true });
      for (const root of roots) retire(root);
      await sweep(directory);
      return roots.length > 0;
    },
  };
}
