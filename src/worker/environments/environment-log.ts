// One environment's log: cuts output into events, keeps the tail of the invocation, hands batches on. A function that floods
// its log fills this log's room, and then waits on its own pipe: nobody else does.
import type { Clock, Timer } from "../../foundation/clock.ts";
import type { LogBatch } from "../../link/messages.ts";
import type { TelemetryRecord } from "../telemetry-api/telemetry.ts";
import { createFrameSplitter, createLineSplitter } from "./log-lines.ts";
import { type PlatformEvent, platformLines, recordOf } from "./platform-events.ts";

const TAIL_BYTES = 4096;
const FLUSH_AFTER_MS = 100;
const BATCH_BYTES_MAX = 1 << 20;
const BATCH_EVENTS_MAX = 10_000;
/** From here on the sandbox's pipes are left unread until a batch has gone. */
const ROOM_BYTES = 2 << 20;
/** What one environment may write in the long run. */
const BYTES_PER_MS = (4 << 20) / 1000;

/** Whose log it is, and in which form the platform's own lines stand in it. */
export interface LogTarget extends Omit<LogBatch, "events"> {
  readonly logFormat: string;
  /** `DEBUG`, `INFO` or `WARN`; for the JSON form alone. */
  readonly systemLogLevel: string | undefined;
}

/** Where an environment's log goes. */
export interface LogSink {
  /** Resolves when the batch is stored; rejects when it could not be, and it is sent again. */
  send(batch: LogBatch): Promise<void>;
  /** The log is full: read no more output until it has room again. */
  onFull(isFull: boolean): void;
}

/** Who else hears of everything that stands in a log, and of what is too little for it. */
export interface LogListener {
  isHeard(): boolean;
  publish(record: TelemetryRecord): void;
}

/** Where and how an environment's log goes. */
export interface EnvironmentLog {
  onOutput(bytes: Buffer): void;
  /** What extensions write to their own outputs. */
  onExtensionOutput(bytes: Buffer): void;
  /** Frames of AWS's runtime clients: type, length, microseconds, message. */
  onTelemetry(bytes: Buffer): void;
  platform(event: PlatformEvent): void;
  /** From now on it hears too. */
  listen(listener: LogListener): void;
  /** From now on the tail holds this invocation's lines alone, if anybody wants it. */
  beginTail(isWanted: boolean): void;
  /** Base64 of the last 4 KB since `beginTail`. */
  tail(): string;
  /** Hands on what there is, unfinished lines too; resolves when that is stored, or could not be. */
  flush(): Promise<void>;
}

interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** Takes events in, and sends one batch after the other. */
function createBatches(clock: Clock, at: Omit<LogBatch, "events">, sink: LogSink) {
  let events: LogEvent[] = [];
  let bytes = 0;
  let sending: Promise<void> | undefined;
  let isFull = false;
  let timer: Timer | undefined;

  function setFull(full: boolean): void {
    if (full === isFull) return;
    isFull = full;
    sink.onFull(full);
  }

  function takeBatch(): LogEvent[] {
    let size = 0;
    let count = 0;
    for (const { message } of events) {
      if (count > 0 && (size + message.length > BATCH_BYTES_MAX || count === BATCH_EVENTS_MAX)) break;
      size += message.length;
      count++;
    }
    return events.slice(0, count);
  }

  async function send(): Promise<void> {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (sending !== undefined || events.length === 0) return await sending;
    sending = sendBatch();
    await sending;
  }

  async function sendBatch(): Promise<void> {
    const batch = takeBatch();
    const sent = batch.reduce((sum, it) => sum + it.message.length, 0);
    try {
      await sink.send({ ...at, events: batch });
      events = events.slice(batch.length);
      bytes -= sent;
    } catch {
      // Services are away: what could not be stored stays, within the room there is.
    }
    sending = undefined;
    setFull(bytes >= ROOM_BYTES);
    if (events.length > 0) schedule(Math.max(FLUSH_AFTER_MS, sent / BYTES_PER_MS));
  }

  function schedule(afterMs: number): void {
    if (sending === undefined) timer ??= clock.after(afterMs, () => void send());
  }

  return {
    /** Everything that stands here now, batch after batch; ends where one fails. */
    async flush(): Promise<void> {
      for (let left = events.length; left > 0; ) {
        await send();
        const now = events.length;
        if (now >= left) return;
        left = now;
      }
    },
    add(event: LogEvent): void {
      events.push(event);
      bytes += event.message.length;
      if (bytes >= ROOM_BYTES) setFull(true);
      schedule(FLUSH_AFTER_MS);
    },
  };
}

/** A log that hands its batches to `sink`. */
export function createEnvironmentLog(clock: Clock, target: LogTarget, sink: LogSink): EnvironmentLog {
  const { accountId, region, logGroup, logStream } = target;
  const batches = createBatches(clock, { accountId, region, logGroup, logStream }, sink);
  let tail: Buffer | undefined;
  let listener: LogListener | undefined;

  function append(message: string, timestampMs: number, category?: "function" | "extension"): void {
    if (tail !== undefined) {
      const line = Buffer.from(message.endsWith("\n") ? message : `${message}\n`);
      tail = Buffer.concat([tail, line]).subarray(-TAIL_BYTES);
    }
    batches.add({ timestampMs, message });
    if (category !== undefined && listener?.isHeard() === true)
      listener.publish({ category, atMs: timestampMs, line: message.replace(/\n$/u, "") });
  }

  const output = createLineSplitter((line) => append(line, clock.nowMs(), "function"));
  const extensionOutput = createLineSplitter((line) => append(line, clock.nowMs(), "extension"));
  const telemetry = createFrameSplitter((line, timestampMs) => append(line, timestampMs ?? clock.nowMs(), "function"));
  return {
    onOutput: output.take,
    onExtensionOutput: extensionOutput.take,
    listen(it) {
      listener = it;
    },
    onTelemetry: telemetry.take,
    platform(event) {
      output.end();
      const nowMs = clock.nowMs();
      for (const line of platformLines(event, target, nowMs)) append(line, nowMs);
      if (event.type !== "note" && listener?.isHeard() === true)
        listener.publish({
          category: "platform",
          type: `platform.${event.type}`,
          atMs: nowMs,
          record: recordOf(event),
        });
    },
    beginTail(isWanted) {
      output.end();
      tail = isWanted ? Buffer.alloc(0) : undefined;
    },
    tail: () => (tail ?? Buffer.alloc(0)).toString("base64"),
    async flush() {
      output.end();
      extensionOutput.end();
      await batches.flush();
    },
  };
}
