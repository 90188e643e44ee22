// The worker's door: answers what services ask over the link, with environments made by one sandbox driver.
import { join } from "node:path";
import { totalmem } from "node:os";
import type { Clock } from "../foundation/clock.ts";
import { Fault } from "../foundation/fault.ts";
import type { Connection, Parcel } from "../link/connection.ts";
import {
  calls,
  type EnvironmentSpec,
  type Hello,
  type InvocationHeader,
  type LogBatch,
  notices,
} from "../link/messages.ts";
import { createCodeCache } from "./code/code-cache.ts";
import { createEnvironment, type Environment } from "./environments/environment.ts";
import { createEnvironmentLog, type EnvironmentLog } from "./environments/environment-log.ts";
import type { RootFilesystems } from "./rootfs/rootfs.ts";
import type { RuntimeApi } from "./runtime-api/runtime-api.ts";
import type { Launch, SandboxDriver } from "./sandboxes/sandbox-driver.ts";

const EMPTY = Buffer.alloc(0);
const BOOTSTRAPS: Launch["commands"] = [["/var/task/bootstrap"], ["/opt/bootstrap"]];

/** What a worker is made of. */
export interface WorkerDeps {
  readonly clock: Clock;
  readonly driver: SandboxDriver;
  readonly isolation: string;
  readonly rootFilesystems: RootFilesystems;
  readonly runtimeApi: RuntimeApi;
  readonly serviceAddress: string | undefined;
  /** Seen by function code as AWS_ENDPOINT_URL. */
  readonly endpointUrl: string;
  readonly directory: string;
  readonly workerId: string;
}

/** A worker. It outlives its link to services and goes on with another. */
export interface Worker {
  onCall(method: string, parcel: Parcel): Promise<Parcel>;
  /** From now on this link is the way to services. */
  attach(connection: Connection): void;
  detach(): void;
  /** Ends every environment. */
  stop(): Promise<void>;
}

/** The command that starts a runtime; Node's heap limit follows the memory size, as on AWS. */
function commandsOf(spec: EnvironmentSpec, interpreter: string): Launch["commands"] {
  if (spec.runtime.startsWith("nodejs")) {
    const heapMiB = Math.floor(spec.memoryMiB * 0.9);
    return [[interpreter, `--max-old-space-size=${heapMiB}`, "/var/runtime/index.mjs"]];
  }
  if (spec.runtime.startsWith("python")) return [[interpreter, "/var/runtime/bootstrap.py"]];
  return BOOTSTRAPS;
}

/** A worker with no environments and no link yet. */
export function createWorker(deps: WorkerDeps): Worker {
  const { clock } = deps;
  const environments = new Map<string, Environment>();
  let connection: Connection | undefined;

  const code = createCodeCache(join(deps.directory, "code"), async (sha256) => {
    if (connection === undefined) throw new Fault("no link to services");
    return (await connection.call(calls.fetchCode, { sha256 })).body;
  });
  const sendLogs = (batch: LogBatch): void => connection?.notify(notices.logs, batch);

  async function startEnvironment(spec: EnvironmentSpec): Promise<Parcel> {
    const startedMs = clock.elapsedMs();
    const [prepared, codeDirectory] = await Promise.all([
      deps.rootFilesystems.prepare(spec.runtime),
      code.directoryOf(spec.codeSha256),
    ]);
    if (!prepared.ready) throw new Fault(prepared.reason);
    const codeMs = clock.elapsedMs() - startedMs;
    const log: EnvironmentLog = createEnvironmentLog(clock, spec, sendLogs);
    const sandbox = await deps.driver.create(
      {
        id: spec.environmentId,
        rootfs: prepared.rootfs,
        memoryMiB: spec.memoryMiB,
        ephemeralStorageMiB: spec.ephemeralStorageMiB,
      },
      log,
    );
    const environment = createEnvironment(spec, {
      clock,
      sandbox,
      log,
      runtimeApi: deps.runtimeApi,
      launch: {
        codeDirectory,
        commands: commandsOf(spec, prepared.interpreter),
        environment: {
          ...spec.environment,
          AWS_LAMBDA_RUNTIME_API: sandbox.runtimeApi,
          AWS_ENDPOINT_URL: deps.endpointUrl,
          _LAMBDA_TELEMETRY_LOG_FD: "5",
        },
      },
      onGone() {
        environments.delete(spec.environmentId);
        connection?.notify(notices.environmentGone, { environmentId: spec.environmentId });
      },
    });
    environments.set(spec.environmentId, environment);
    const started = await environment.initialise();
    return { header: { ...started, phasesMs: { code: codeMs, ...started.phasesMs } }, body: EMPTY };
  }

  async function invoke(header: InvocationHeader, event: Buffer): Promise<Parcel> {
    const environment = environments.get(header.environmentId);
    if (environment === undefined) throw new Fault("no such environment");
    const { result, body } = await environment.invoke(header, event);
    return { header: result, body };
  }

  async function stopEnvironment(environmentId: string): Promise<Parcel> {
    const environment = environments.get(environmentId);
    environments.delete(environmentId);
    await environment?.stop();
    return { header: {}, body: EMPTY };
  }

  return {
    async onCall(method, { header, body }) {
      switch (method) {
        case calls.startEnvironment:
          return await startEnvironment(header as EnvironmentSpec);
        case calls.invoke:
          return await invoke(header as InvocationHeader, body);
        case calls.stopEnvironment:
          return await stopEnvironment((header as { environmentId: string }).environmentId);
        case calls.prepareRuntime:
          return { header: await deps.rootFilesystems.prepare((header as { runtime: string }).runtime), body: EMPTY };
        default:
          throw new Fault(`no call named ${method}`);
      }
    },
    attach(to) {
      connection = to;
      const hello: Hello = {
        workerId: deps.workerId,
        driver: deps.driver.name,
        isolation: deps.isolation,
        serviceAddress: deps.serviceAddress,
        memoryMiB: Math.floor(totalmem() / 1_048_576),
        environments: [...environments.values()].map((it) => ({
          environmentId: it.spec.environmentId,
          deploymentId: it.spec.deploymentId,
          isBusy: it.isBusy(),
        })),
      };
      to.notify(notices.hello, hello);
    },
    detach() {
      connection = undefined;
    },
    async stop() {
      await Promise.all([...environments.values()].map((it) => it.stop()));
      environments.clear();
    },
  };
}
