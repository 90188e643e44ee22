// Log events as they are stored: cut into batches, in order of time, at positions that stay the same. Pure.

/** One event as it comes in. */
export interface LogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** What becomes one row: events that lie close together. */
export interface Batch {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  /** As AWS counts them: UTF-8 and 26 bytes for each event. */
  readonly bytes: number;
  /** JSON: `[[timestampMs, message], …]`, in order of time. */
  readonly events: string;
}

/** Where an event stands among all others: by time, then by batch, then in the batch. */
export interface Position {
  readonly timestampMs: number;
  readonly batchId: number;
  readonly index: number;
}

/** The longest time between a batch's first and last event: a reader that begins at some time looks back no further. */
export const BATCH_SPAN_MS_MAX = 60_000;
const BATCH_BYTES_MAX = 1 << 20;
/** What AWS adds to each event's size. Source: API reference, PutLogEvents. */
const EVENT_OVERHEAD_BYTES = 26;
const ID_DIGITS = [20, 24, 12] as const;

/** The size of an event as AWS counts it. */
export function eventBytes(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
}

function isInOrder(events: readonly LogEvent[]): boolean {
  return events.every((it, index) => index === 0 || (events[index - 1]?.timestampMs ?? 0) <= it.timestampMs);
}

/** Cuts what was appended at once into batches: nearly always one. Events of one time keep their order. */
export function cutIntoBatches(events: readonly LogEvent[]): readonly Batch[] {
  const sorted = isInOrder(events) ? events : events.toSorted((a, b) => a.timestampMs - b.timestampMs);
  const batches: Batch[] = [];
  let rows: (readonly [number, string])[] = [];
  let bytes = 0;
  const end = (): void => {
    const [firstMs, lastMs] = [rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? 0];
    if (rows.length > 0) batches.push({ firstMs, lastMs, count: rows.length, bytes, events: JSON.stringify(rows) });
    rows = [];
    bytes = 0;
  };
  for (const { timestampMs, message } of sorted) {
    const size = eventBytes(message);
    const isFull = bytes + size > BATCH_BYTES_MAX || timestampMs - (rows[0]?.[0] ?? timestampMs) > BATCH_SPAN_MS_MAX;
    if (isFull) end();
    rows.push([timestampMs, message]);
    bytes += size;
  }
  end();
  return batches;
}

/** The events of a stored batch. */
export function eventsOf(stored: string): readonly LogEvent[] {
  return (JSON.parse(stored) as [number, string][]).map(([timestampMs, message]) => ({ timestampMs, message }));
}

/** Below 0 when `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.timestampMs - b.timestampMs || a.batchId - b.batchId || a.index - b.index;
}

/** Before everything that can be stored. */
export const START: Position = { timestampMs: 0, batchId: 0, index: 0 };

/** A position in 56 digits, the length of AWS's event ids; ids sort as the events do. */
export function formatPosition({ timestampMs, batchId, index }: Position): string {
  const numbers = [timestampMs, batchId, index];
  return ID_DIGITS.map((digits, at) => String(numbers[at]).padStart(digits, "0")).join("");
}

/** Reads 56 digits; undefined when they are not a position. */
export function parsePosition(text: string): Position | undefined {
  if (!/^\d{56}$/u.test(text)) return undefined;
  const [timestampMs, batchId, index] = [text.slice(0, 20), text.slice(20, 44), text.slice(44)].map(Number);
  if (timestampMs === undefined || batchId === undefined || index === undefined) return undefined;
  return [timestampMs, batchId, index].every(Number.isSafeInteger) ? { timestampMs, batchId, index } : undefined;
}
