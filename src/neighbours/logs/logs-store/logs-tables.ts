// The tables of CloudWatch Logs, and what all of its SQL shares.
import type { Generated } from "kysely";

/** The tables of this part. Bytes are those of AWS's count, kept with every change. */
export interface LogsTables {
  log_groups: {
    id: Generated<number>;
    account_id: string;
    region: string;
    name: string;
    created_at_ms: number;
    retention_days: number | null;
    /** JSON. */
    tags: string;
  };
  log_streams: {
    id: Generated<number>;
    group_id: number;
    name: string;
    created_at_ms: number;
    first_event_ms: number | null;
    last_event_ms: number | null;
    last_ingested_ms: number | null;
    bytes: number;
  };
  log_batches: {
    id: Generated<number>;
    group_id: number;
    stream_id: number;
    first_ms: number;
    last_ms: number;
    ingested_at_ms: number;
    event_count: number;
    bytes: number;
    events: string;
  };
}

/** A place in an account. */
export interface LogsScope {
  readonly accountId: string;
  readonly region: string;
}

/** Names that begin with a prefix are at least the prefix and less than this: found by the index, by case. */
export function behindPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
