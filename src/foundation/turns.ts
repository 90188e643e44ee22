// Bounded work at once: whoever comes when all turns are taken waits for one, first come, first served.

/** A turn; disposal passes it on to whoever waits. */
export interface Turn extends Disposable {}

/** Turns that are taken and given back. */
export interface Turns {
  take(): Promise<Turn>;
}

/** `max` turns. */
export function createTurns(max: number): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  function turn(): Turn {
    let isHeld = true;
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        const next = waiting.shift();
        if (next === undefined) taken--;
        else next();
      },
    };
  }
  return {
    async take() {
      if (taken < max) taken++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return turn();
    },
  };
}
