// One environment's log: cuts output into events, keeps the tail of the invocation, hands batches on.
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { LogBatch } from "../../link/messages.ts";

const TAIL_BYTES = 4096;
const LINE_BYTES_MAX = 262_144;
const BATCH_EVENTS_MAX = 1_000;
const FLUSH_AFTER_MS = 100;
const FRAME_TYPE = 0xa55a0003;
const FRAME_HEAD_BYTES = 16;

/** Where and how an environment's log goes. */
export interface EnvironmentLog {
  onOutput(bytes: Buffer): void;
  /** Frames of AWS's runtime clients: type, length, microseconds, message. */
  onTelemetry(bytes: Buffer): void;
  platform(line: string): void;
  /** From now on the tail holds this invocation's lines alone. */
  beginTail(): void;
  tail(): string;
  flush(): void;
}

/** A log that sends its batches to `send`. */
export function createEnvironmentLog(
  clock: Clock,
  at: Omit<LogBatch, "events">,
  send: (batch: LogBatch) => void,
): EnvironmentLog {
  let events: { timestampMs: number; message: string }[] = [];
  let partial: Buffer = Buffer.alloc(0);
  let frames: Buffer = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let timer: Timer | undefined;

  function flush(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (events.length === 0) return;
    const batch = events;
    events = [];
    send({ ...at, events: batch });
  }

  function append(message: string, timestampMs: number): void {
    const bytes = Buffer.from(message.endsWith("\n") ? message : `${message}\n`);
    tail = Buffer.concat([tail, bytes]).subarray(-TAIL_BYTES);
    events.push({ timestampMs, message });
    if (events.length >= BATCH_EVENTS_MAX) flush();
    else timer ??= clock.after(FLUSH_AFTER_MS, flush);
  }

  function endPartial(): void {
    if (partial.length > 0) append(partial.toString("utf8"), clock.nowMs());
    partial = Buffer.alloc(0);
  }

  return {
    onOutput(bytes) {
      let rest = partial.length === 0 ? bytes : Buffer.concat([partial, bytes]);
      for (;;) {
        const end = rest.indexOf(0x0a);
        if (end < 0) break;
        append(`${rest.toString("utf8", 0, end)}\n`, clock.nowMs());
        rest = rest.subarray(end + 1);
      }
      while (rest.length >= LINE_BYTES_MAX) {
        append(rest.toString("utf8", 0, LINE_BYTES_MAX), clock.nowMs());
        rest = rest.subarray(LINE_BYTES_MAX);
      }
      partial = Buffer.from(rest);
    },
    onTelemetry(bytes) {
      let rest = frames.length === 0 ? bytes : Buffer.concat([frames, bytes]);
      while (rest.length >= FRAME_HEAD_BYTES) {
        // The low bits hold the level; what does not begin with the mark is no frame, and nothing after it can be one.
        if ((rest.readUInt32BE(0) & ~0x1c) >>> 0 !== FRAME_TYPE) rest = Buffer.alloc(0);
        else {
          const end = FRAME_HEAD_BYTES + Math.min(rest.readUInt32BE(4), 1 << 20);
          if (rest.length < end) break;
          const message = rest.toString("utf8", FRAME_HEAD_BYTES, end);
          append(message.endsWith("\n") ? message : `${message}\n`, Number(rest.readBigUInt64BE(8) / 1000n));
          rest = rest.subarray(end);
        }
      }
      frames = Buffer.from(rest);
    },
    platform(line) {
      endPartial();
      append(line, clock.nowMs());
    },
    beginTail() {
      endPartial();
      tail = Buffer.alloc(0);
    },
    tail: () => tail.toString("base64"),
    flush() {
      endPartial();
      flush();
    },
  };
}
