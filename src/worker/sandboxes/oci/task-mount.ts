// Where a function's code appears in its sandbox, after the sandbox has started: a shared mount that the sandbox sees as a slave.
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

/** The mount point of one sandbox. Disposal takes everything away again. */
export interface TaskMount extends Disposable {
  /** Bound into the sandbox as /var/task. */
  readonly directory: string;
  /** Makes the code appear, read-only; once. */
  show(codeDirectory: string): void;
}

/** Makes the mount point in a sandbox's own directory. */
export function createTaskMount(bundle: string): TaskMount {
  const directory = join(bundle, "task");
  mkdirSync(directory);
  const stack = new DisposableStack();
  mount(directory, directory, "", MS_BIND);
  stack.defer(() => unmount(directory));
  mount("", directory, "", MS_SHARED);
  let isShown = false;
  return {
    directory,
    show(codeDirectory) {
      if (isShown) return;
      isShown = true;
      // Made read-only before the sandbox can see it: a mount keeps its flags when it is bound on, and propagates with
      // them, but a later change of flags would stay on this side.
      const staged = join(bundle, "code");
      mkdirSync(staged);
      mount(codeDirectory, staged, "", MS_BIND);
      stack.defer(() => unmount(staged));
      mount("", staged, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV);
      mount(staged, directory, "", MS_BIND);
      stack.defer(() => unmount(directory));
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}
