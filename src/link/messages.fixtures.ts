// A worker's introduction for tests: valid in all that a test does not name.
import type { Hello } from "./messages.ts";

/** A worker without environments. */
export function aHello(given: Partial<Hello> = {}): Hello {
  return {
    workerId: "worker-1",
    driver: "process",
    isolation: "none",
    serviceAddress: undefined,
    memoryMiB: 4096,
    environments: [],
    ...given,
  };
}
