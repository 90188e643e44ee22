// What CloudWatch Logs' operations stand on.
import type { Clock } from "../../foundation/clock.ts";
import type { LogsStore } from "./logs-store/logs-store.ts";

/** Passed to every operation. */
export interface LogsParts {
  readonly store: LogsStore;
  readonly clock: Clock;
}
