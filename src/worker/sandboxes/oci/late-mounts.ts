// What appears in a sandbox after it has started: places below a shared mount, which the sandbox sees as a slave.
import { mkdirSync } from "node:fs";
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

/** The function's code (/var/task), and what was compiled of it (/var/rapid/compiled). */
export type LatePlace = "task" | "compiled";
const PLACES: readonly LatePlace[] = ["task", "compiled"];

/** The mount points of one sandbox. Disposal takes everything away again. */
export interface LateMounts extends Disposable {
  /** Bound into the sandbox. */
  directoryOf(place: LatePlace): string;
  /** Makes a directory appear there, read-only; once for each place. */
  show(place: LatePlace, directory: string): void;
}

/** Makes the mount points in a sandbox's own directory. */
export function createLateMounts(bundle: string): LateMounts {
  const late = join(bundle, "late");
  const directoryOf = (place: LatePlace): string => join(late, place);
  for (const place of PLACES) mkdirSync(directoryOf(place), { recursive: true });
  const stack = new DisposableStack();
  mount(late, late, "", MS_BIND);
  stack.defer(() => unmount(late));
  mount("", late, "", MS_SHARED);
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
    [Symbol.dispose]: () => stack.dispose(),
  };
}
