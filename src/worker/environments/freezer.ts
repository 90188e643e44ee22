// Freezes a sandbox that has nothing to do, a moment after its last work, and thaws it for the next.
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";

/** Long enough that a client's next request in a row finds the environment awake, short enough to be no background time. */
const FREEZE_AFTER_MS = 10;
/** Where the next request comes right after the freezing, time after time: freezing and thawing wake every thread. */
const FREEZE_AFTER_MS_MAX = 80;

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
  let frozenAtMs: number | undefined;
  let afterMs = FREEZE_AFTER_MS;
  const cancel = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
  };
  return {
    freezeSoon() {
      cancel();
      timer = clock.after(afterMs, () => {
        if (!isIdle()) return;
        sandbox.freeze();
        frozenAtMs = clock.elapsedMs();
      });
    },
    thaw() {
      cancel();
      if (frozenAtMs === undefined) return;
      sandbox.thaw();
      const wasRest = clock.elapsedMs() - frozenAtMs > FREEZE_AFTER_MS_MAX;
      afterMs = wasRest ? FREEZE_AFTER_MS : Math.min(2 * afterMs, FREEZE_AFTER_MS_MAX);
      frozenAtMs = undefined;
    },
  };
}
