// What a sandbox writes, on its way to the log of the environment that it is now: one that was initialised ahead becomes another.
import type { EnvironmentLog } from "./environments/environment-log.ts";
import type { SandboxOutput } from "./sandboxes/sandbox-driver.ts";

/** The way. */
export interface MovableLog extends SandboxOutput {
  current(): EnvironmentLog;
  /** From now on it leads there; what came before is handed on. */
  target(log: EnvironmentLog): void;
}

/** A way that leads to a log. */
export function createMovableLog(first: EnvironmentLog): MovableLog {
  let log = first;
  return {
    current: () => log,
    target(next) {
      void log.flush();
      log = next;
    },
    onOutput: (bytes) => log.onOutput(bytes),
    onExtensionOutput: (bytes) => log.onExtensionOutput(bytes),
    onTelemetry: (bytes) => log.onTelemetry(bytes),
  };
}
