// The header X-Amzn-Trace-Id, as callers send it and functions find it in _X_AMZN_TRACE_ID. Pure.

/** What a caller said; each member only where it is as it must be. */
export interface TraceHeader {
  /** `1-`, 8 digits of the epoch's seconds, `-`, 24 random digits: the trace's id. */
  readonly root: string | undefined;
  /** The segment that called. */
  readonly parent: string | undefined;
  /** undefined: the caller leaves it open. */
  readonly sampled: boolean | undefined;
  /** What chain of functions this is part of. */
  readonly lineage: string | undefined;
}

/** Source: X-Ray Developer Guide, "Tracing header". */
const ROOT = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/u;
const SEGMENT_ID = /^[0-9a-f]{16}$/u;
const LINEAGE = /^[0-9a-zA-Z:|]{1,255}$/u;
const HEADER_LENGTH_MAX = 1_024;

/** Whether it is the id of a trace. */
export function isTraceId(text: string): boolean {
  return ROOT.test(text);
}

/** Reads a header; what is malformed counts as not said. */
export function parseTraceHeader(text: string | undefined): TraceHeader {
  const fields = new Map<string, string>();
  if (text !== undefined && text.length <= HEADER_LENGTH_MAX) {
    for (const field of text.split(";")) {
      const mark = field.indexOf("=");
      if (mark > 0) fields.set(field.slice(0, mark).trim().toLowerCase(), field.slice(mark + 1).trim());
    }
  }
  const valid = (name: string, pattern: RegExp): string | undefined => {
    const value = fields.get(name);
    return value !== undefined && pattern.test(value) ? value : undefined;
  };
  const sampled = valid("sampled", /^[01]$/u);
  const root = valid("root", ROOT);
  return {
    root,
    // A parent without its trace is nobody's.
    parent: root === undefined ? undefined : valid("parent", SEGMENT_ID),
    sampled: sampled === undefined ? undefined : sampled === "1",
    lineage: valid("lineage", LINEAGE),
  };
}

/** The header of a decision that has been made. */
export function traceHeaderText(it: {
  readonly root: string;
  readonly parent: string;
  readonly sampled: boolean;
  readonly lineage: string | undefined;
}): string {
  const lineage = it.lineage === undefined ? "" : `;Lineage=${it.lineage}`;
  return `Root=${it.root};Parent=${it.parent};Sampled=${it.sampled ? "1" : "0"}${lineage}`;
}
