// What CloudWatch's operations stand on.
import type { Clock } from "../../foundation/clock.ts";
import type { MetricMemory } from "./memory/metric-memory.ts";

/** Passed to every operation. */
export interface CloudWatchParts {
  readonly clock: Clock;
  readonly memory: MetricMemory;
  /** Brings the memory up to now. */
  readonly catchUp: () => void;
}
