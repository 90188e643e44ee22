// The traces that are kept: in memory and bounded, the oldest go first. AWS keeps them for 30 days.
import type { SegmentDocument } from "./segment-document.ts";

const BYTES_MAX = 32 << 20;
/** Source: X-Ray quotas, trace document size. */
const TRACE_BYTES_MAX = 500 << 10;
/** What the objects of a document take besides its text. */
const DOCUMENT_OVERHEAD_BYTES = 500;

/** Whose traces. */
export interface TraceScope {
  readonly accountId: string;
  readonly region: string;
}

/** A trace. Changed in place. */
export interface Trace extends TraceScope {
  readonly traceId: string;
  /** Whole segments and subsegments that were sent by themselves, by their ids. */
  readonly documents: Map<string, SegmentDocument>;
  /** When something of it came last. */
  receivedAtMs: number;
  /** Something of it was over the bound, and is missing. */
  isCut: boolean;
  bytes: number;
}

/** The memory. */
export class TraceMemory {
  readonly #bytesMax: number;
  readonly #traces = new Map<string, Trace>();
  #bytes = 0;

  constructor(bytesMax: number = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** One that is sent again takes the place of what was: it was in progress then. */
  put(scope: TraceScope, document: SegmentDocument, bytes: number, nowMs: number): void {
    const { accountId, region } = scope;
    const key = `${accountId}/${region}/${document.trace_id}`;
    const trace: Trace = this.#traces.get(key) ?? {
      accountId,
      region,
      traceId: document.trace_id,
      documents: new Map(),
      receivedAtMs: nowMs,
      isCut: false,
      bytes: 0,
    };
    this.#traces.set(key, trace);
    const room = bytes + DOCUMENT_OVERHEAD_BYTES;
    trace.receivedAtMs = nowMs;
    if (trace.bytes + room > TRACE_BYTES_MAX) {
      trace.isCut = true;
      return;
    }
    trace.documents.set(document.id, document);
    trace.bytes += room;
    this.#bytes += room;
    this.#makeRoom();
  }

  get({ accountId, region }: TraceScope, traceId: string): Trace | undefined {
    return this.#traces.get(`${accountId}/${region}/${traceId}`);
  }

  /** Those of an account and region, the oldest first. */
  list({ accountId, region }: TraceScope): readonly Trace[] {
    return [...this.#traces.values()].filter((it) => it.accountId === accountId && it.region === region);
  }

  clear(): void {
    this.#traces.clear();
    this.#bytes = 0;
  }

  #makeRoom(): void {
    for (const [key, { bytes }] of this.#traces) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#traces.delete(key);
      this.#bytes -= bytes;
    }
  }
}
