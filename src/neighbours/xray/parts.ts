// What X-Ray's operations stand on.
import type { Clock } from "../../foundation/clock.ts";
import type { TraceMemory } from "./trace-memory.ts";

/** Passed to every operation. */
export interface XRayParts {
  readonly clock: Clock;
  readonly memory: TraceMemory;
  /** Brings the memory up to now. */
  readonly catchUp: () => void;
}
