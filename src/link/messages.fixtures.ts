// A worker's introduction for tests: valid in all that a test does not name.
import type { Hello, ReportedEnvironment } from "./messages.ts";

/** A worker without environments. */
export function aHello(given: Partial<Hello> = {}): Hello {
  return {
    workerId: "worker-1",
    driver: "process",
    isolation: "none",
    serviceAddress: undefined,
    memoryMiB: 4096,
    cores: 2,
    environments: [],
    ...given,
  };
}

/** An idle environment, made on demand. */
export function aReportedEnvironment(given: Partial<ReportedEnvironment> = {}): ReportedEnvironment {
  return {
    environmentId: "e",
    deploymentId: "111122223333/us-east-1/f:$LATEST@1",
    isBusy: false,
    bornAtMs: 0,
    initializationType: "on-demand",
    qualifier: undefined,
    memoryMiB: 128,
    codeSha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ...given,
  };
}
