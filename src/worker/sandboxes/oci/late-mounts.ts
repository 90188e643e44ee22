// What appears in a sandbox after it has started: places below a shared mount, which the sandbox sees as a slave.
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import {
  mount,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
  MS_SHARED,
  unmount,
} from "../../linux/system-calls.ts";

/** The function's code (/var/task), its layers (/opt), and what was compiled of the code (/var/rapid/compiled). */
export type LatePlace = "task" | "opt" | "compiled";
const PLACES: readonly LatePlace[] = ["task", "opt", "compiled"];
const HARDWARE = ["x86-64-v2", "x86-64-v3", "x86-64-v4"];

/** The mount points of one sandbox. Disposal takes everything away again. */
export interface LateMounts extends Disposable {
  /** Bound into the sandbox. */
  directoryOf(place: LatePlace): string;
  /** Makes a directory appear there, read-only; once for each place. */
  show(place: LatePlace, directory: string): void;
  /** Nothing will appear in /opt. */
  leaveOptEmpty(): void;
}

/**
 * A runtime that boots before its function is known has the dynamic linker look for libraries in /var/task/lib and
 * /opt/lib, which LD_LIBRARY_PATH names. Directories that are not there then the linker takes for not there for ever
 * (glibc, elf/dl-load.c), so there are empty ones until what belongs there is shown over them.
 */
function makeLibraryPlaces(directory: string): void {
  for (const name of HARDWARE) mkdirSync(join(directory, "lib", "glibc-hwcaps", name), { recursive: true });
}

/** What they are made for. */
export interface LateMountsOptions {
  /** undefined: what is in it stays in sight, and nothing will be shown. */
  readonly rootfs: string | undefined;
  /** A runtime may be booted before anything is shown. */
  readonly isBootable: boolean;
}

/** Makes the mount points in a sandbox's own directory. */
export function createLateMounts(bundle: string, options: LateMountsOptions): LateMounts {
  const late = join(bundle, "late");
  const directoryOf = (place: LatePlace): string => join(late, place);
  for (const place of PLACES) mkdirSync(directoryOf(place), { recursive: true });
  const stack = new DisposableStack();
  mount(late, late, "", MS_BIND);
  stack.defer(() => unmount(late));
  mount("", late, "", MS_SHARED);
  // A root that somebody brought may have its programs there. Layers hide them: on AWS /opt is theirs alone.
  const ownOpt = join(options.rootfs ?? late, "opt");
  const hasOwnOpt = options.rootfs !== undefined && readdirSync(ownOpt).length > 0;
  if (hasOwnOpt) {
    mount(ownOpt, directoryOf("opt"), "", MS_BIND);
    stack.defer(() => unmount(directoryOf("opt")));
  }
  let isOptFilled = options.isBootable && !hasOwnOpt;
  if (options.isBootable) makeLibraryPlaces(directoryOf("task"));
  if (isOptFilled) makeLibraryPlaces(directoryOf("opt"));
  const shown = new Set<LatePlace>();
  return {
    directoryOf,
    show(place, directory) {
      if (shown.has(place)) return;
      shown.add(place);
      // Made read-only before the sandbox can see it: a mount keeps its flags when it is bound on, and propagates with
      // them, but a later change of flags would stay on this side.
      const staged = join(bundle, `staged-${place}`);
      mkdirSync(staged);
      mount(directory, staged, "", MS_BIND);
      stack.defer(() => unmount(staged));
      mount("", staged, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV);
      mount(staged, directoryOf(place), "", MS_BIND);
      stack.defer(() => unmount(directoryOf(place)));
    },
    leaveOptEmpty() {
      // Out of sight, which is one call, and removed with the rest: somebody waits for this start.
      if (isOptFilled) renameSync(join(directoryOf("opt"), "lib"), join(late, "lib"));
      isOptFilled = false;
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}
