// What a worker stands on, as its sandbox driver brings it: the seam between the worker and the machine.
import type { EnvironmentApis } from "./environments/environment-apis.ts";
import type { RootFilesystems } from "./rootfs/rootfs.ts";
import type { SandboxDriver } from "./sandboxes/sandbox-driver.ts";

/** Disposal closes it, after the worker has stopped. */
export interface WorkerGround extends AsyncDisposable {
  readonly driver: SandboxDriver;
  readonly rootFilesystems: RootFilesystems;
  readonly apis: EnvironmentApis;
  /** Where environments reach the AWS endpoint; undefined where they share the host's network. */
  readonly serviceAddress: string | undefined;
  /** Seen by function code as AWS_ENDPOINT_URL. */
  readonly endpointUrl: string;
  /** Where unpacked code lies. */
  readonly codeDirectory: string;
  /** Where compiled code lies; undefined where environments can't be shown it. */
  readonly compiledDirectory: string | undefined;
}
