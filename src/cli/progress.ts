// A line of progress on standard error for what takes over a second: rewritten on a terminal, else one whenever it has changed.

const EVERY_MS = 1_000;

/** A line that is shown from the first second on. Disposal ends it. */
export interface Progress extends Disposable {
  show(text: string): void;
}

/** Begins with what is being done. */
export function createProgress(text: string): Progress {
  let latest = text;
  let shown = "";
  const timer = setInterval(() => {
    if (latest === shown) return;
    shown = latest;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${shown}` : `${shown}\n`);
  }, EVERY_MS);
  return {
    show(next) {
      latest = next;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      if (shown !== "" && process.stderr.isTTY) process.stderr.write("\r\u001b[K");
      shown = "";
    },
  };
}
