// The worker's end of a pipe out of a sandbox: gives bytes as they come, and what is already there on demand.
import { readSync } from "node:fs";
import { Socket } from "node:net";

const CHUNK_BYTES = 65_536;
/** One for all pipes: a drain ends before another begins, and what is passed on is copied out. */
const scratch = Buffer.allocUnsafe(CHUNK_BYTES);
/** One drain takes no more than a pipe can hold, so that a flooding function can't hold the worker. */
const DRAIN_BYTES_MAX = 1 << 20;

/** An open end. Nothing is read before `begin`. Disposal closes it. */
export interface OutputPipe extends Disposable {
  /** From now on, what comes goes there; what waits in the pipe first. */
  begin(onBytes: (bytes: Buffer) => void): void;
  drain(): void;
  pause(isPaused: boolean): void;
}

/** Takes over the descriptor, which must not block. */
export function openOutputPipe(fd: number, onEnd: () => void = () => undefined): OutputPipe {
  const socket = new Socket({ fd, readable: true, writable: false });
  let take: ((bytes: Buffer) => void) | undefined;
  socket.on("error", () => socket.destroy());
  socket.once("close", onEnd);
  return {
    begin(onBytes) {
      take = onBytes;
      socket.on("data", onBytes);
    },
    drain() {
      if (socket.destroyed || take === undefined) return;
      // What a paused pipe had been read of already comes first; reading gives it to the listener.
      if (socket.isPaused()) while (socket.read() !== null);
      for (let total = 0; total < DRAIN_BYTES_MAX; ) {
        let length: number;
        try {
          length = readSync(fd, scratch, 0, CHUNK_BYTES, null);
        } catch {
          return; // Nothing more for now (EAGAIN).
        }
        if (length === 0) return;
        total += length;
        take(Buffer.from(scratch.subarray(0, length)));
      }
    },
    pause: (isPaused) => void (isPaused ? socket.pause() : socket.resume()),
    [Symbol.dispose]: () => socket.destroy(),
  };
}
