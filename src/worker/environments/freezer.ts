// Freezes a sandbox that has nothing to do, a moment after its last work, and thaws it for the next.
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";

/** Long enough that a client's next request in a row finds the environment awake, short enough to be no background time. */
const FREEZE_AFTER_MS = 10;

/** The freezer of one sandbox. */
export interface Freezer {
  /** Freezes soon, if `isIdle` still says so then. */
  freezeSoon(): void;
  /** Awake from here on, until the next `freezeSoon`. */
  thaw(): void;
}

/** A freezer; the sandbox is awake. */
export function createFreezer(clock: Clock, sandbox: Pick<Sandbox, "freeze" | "thaw">, isIdle: () => boolean): Freezer {
  let timer: Timer | undefined;
  let isFrozen = false;
  const cancel = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
  };
  return {
    freezeSoon() {
      cancel();
      timer = clock.after(FREEZE_AFTER_MS, () => {
        if (!isIdle()) return;
        sandbox.freeze();
        isFrozen = true;
      });
    },
    thaw() {
      cancel();
      if (isFrozen) sandbox.thaw();
      isFrozen = false;
    },
  };
}
