// What every phase of an environment works with.
import type { Clock } from "../../foundation/clock.ts";
import type { EnvironmentSpec } from "../../link/messages.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import type { Telemetry } from "../telemetry-api/telemetry.ts";
import type { EnvironmentLog } from "./environment-log.ts";

/** As they are during one phase: a restore gives an environment another spec and another log. */
export interface EnvironmentParts {
  readonly clock: Clock;
  readonly spec: EnvironmentSpec;
  readonly sandbox: Sandbox;
  readonly log: EnvironmentLog;
  readonly telemetry: Telemetry;
}
