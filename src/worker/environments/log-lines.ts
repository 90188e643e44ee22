// Cuts what a function writes into log events: lines of plain output, frames of AWS's runtime clients.

/** A longer line is cut, as on AWS. Source: Lambda Developer Guide, log event size. */
export const LINE_BYTES_MAX = 262_144;
/** Frames of text end in 3, those of JSON in 2; the bits above hold the level. Source: AWS's runtime interface clients. */
const FRAME_TYPE = 0xa55a0002;
const FRAME_TYPE_MASK = ~0x1d;
const FRAME_HEAD_BYTES = 16;
/** The first form, which AWS's client for Ruby still writes: no level, no time. */
const TIMELESS_FRAME = 0xa55a0001;
const TIMELESS_HEAD_BYTES = 8;
const FRAME_BYTES_MAX = 1 << 20;

/** A reader of bytes that come in any pieces. */
export interface Splitter {
  take(bytes: Buffer): void;
  /** Gives what stands there unfinished. */
  end(): void;
}

/** One event a line, its line end kept. */
export function createLineSplitter(onLine: (line: string) => void): Splitter {
  let partial: Buffer = Buffer.alloc(0);
  return {
    take(bytes) {
      let rest = partial.length === 0 ? bytes : Buffer.concat([partial, bytes]);
      for (;;) {
        const end = rest.indexOf(0x0a);
        if (end >= 0 && end < LINE_BYTES_MAX) {
          onLine(rest.toString("utf8", 0, end + 1));
          rest = rest.subarray(end + 1);
        } else if (rest.length >= LINE_BYTES_MAX) {
          onLine(rest.toString("utf8", 0, LINE_BYTES_MAX));
          rest = rest.subarray(LINE_BYTES_MAX);
        } else break;
      }
      // Copied, so that a few bytes don't hold on to the whole chunk.
      partial = Buffer.from(rest);
    },
    end() {
      if (partial.length > 0) onLine(partial.toString("utf8"));
      partial = Buffer.alloc(0);
    },
  };
}

/** How many bytes come before a frame's message; undefined for what is no frame. */
function headBytesOf(type: number): number | undefined {
  if (type === TIMELESS_FRAME) return TIMELESS_HEAD_BYTES;
  return (type & FRAME_TYPE_MASK) >>> 0 === FRAME_TYPE ? FRAME_HEAD_BYTES : undefined;
}

/** Frames: a mark with the level, the length, microseconds since the epoch (undefined in the first form), the message. */
export function createFrameSplitter(onFrame: (message: string, timestampMs: number | undefined) => void): Splitter {
  let partial: Buffer = Buffer.alloc(0);
  return {
    take(bytes) {
      let rest = partial.length === 0 ? bytes : Buffer.concat([partial, bytes]);
      while (rest.length >= TIMELESS_HEAD_BYTES) {
        const length = rest.readUInt32BE(4);
        const headBytes = headBytesOf(rest.readUInt32BE(0));
        // What does not begin with the mark is no frame, and nothing after it can be one.
        if (headBytes === undefined || length > FRAME_BYTES_MAX) {
          rest = Buffer.alloc(0);
          break;
        }
        if (rest.length < headBytes + length) break;
        const message = rest.toString("utf8", headBytes, headBytes + length);
        const hasTime = headBytes === FRAME_HEAD_BYTES;
        const timestampMs = hasTime ? Number(rest.readBigUInt64BE(8) / 1000n) : undefined;
        onFrame(message.endsWith("\n") ? message : `${message}\n`, timestampMs);
        rest = rest.subarray(headBytes + length);
      }
      partial = Buffer.from(rest);
    },
    end: () => undefined,
  };
}
