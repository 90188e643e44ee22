// What a worker with runc sandboxes stands on: its own file system in memory, the managed network, the resolver, the driver.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../foundation/clock.ts";
import { createEnvironmentApis } from "../worker/environments/environment-apis.ts";
import { mount } from "../worker/linux/system-calls.ts";
import { createNetwork } from "../worker/network/network.ts";
import { createResolver, nameServers } from "../worker/network/resolver.ts";
import { removeUnfinished } from "../worker/rootfs/build-once.ts";
import { createRootFilesystems } from "../worker/rootfs/rootfs.ts";
import { createOciDriver } from "../worker/sandboxes/oci/oci-driver.ts";
import type { WorkerGround } from "../worker/worker-ground.ts";
import { openXRayDaemon } from "../worker/xray-daemon/xray-daemon.ts";
import type { Settings } from "./settings.ts";

const RUNTIME_API_PORT = 9001;
const DNS_PORT = 53;
/** AWS's own, on an address of Hearth's. */
const XRAY_PORT = 2000;
const RANGE_STEP = 17;
const ENVIRONMENT_NUMBERS = 65_000;

function hostNameServers(): readonly { host: string; port: number }[] {
  const text = existsSync("/etc/resolv.conf") ? readFileSync("/etc/resolv.conf", "utf8") : "";
  return nameServers(text).map((host) => ({ host, port: DNS_PORT }));
}

/** Numbers that the environments' addresses and user ids are made of: this worker's share of them. */
function numbersOf(number: number, workers: number): { readonly first: number; readonly count: number } {
  const count = Math.floor(ENVIRONMENT_NUMBERS / workers);
  return { first: 1 + (number - 1) * count, count };
}

/** What one worker's ground is opened with. `number` says which of the machine's workers it is, from 1. */
export interface OciOptions {
  readonly settings: Settings;
  readonly directory: string;
  readonly number: number;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

/** Opens all of it under `directory`; disposal closes it in the right order. Throws a Fault where something is lacking. */
export async function openOci({ settings, directory, number, clock, say }: OciOptions): Promise<WorkerGround> {
  removeUnfinished(settings.runtimes, clock.nowMs());
  await using stack = new AsyncDisposableStack();
  const runDirectory = join(directory, "run");
  // Unpacked code and sandboxes' files live in memory, in this process's own mount namespace: never in the clear on disk,
  // gone with the worker.
  mount("tmpfs", runDirectory, "tmpfs", 0, `mode=711,size=${Math.max(1, Math.floor(50 / settings.workers))}%`);
  const network = stack.use(
    await createNetwork({
      rememberedFile: join(directory, "network-range"),
      // Far apart, so that workers that start together do not reach for the same range.
      preferredRange: settings.port + (number - 1) * RANGE_STEP,
      numbers: numbersOf(number, settings.workers),
      endpointPort: settings.port,
      runtimeApiPort: RUNTIME_API_PORT,
      xRayPort: XRAY_PORT,
    }),
  );
  const { serviceAddress } = network;
  stack.use(await createResolver({ host: serviceAddress, port: DNS_PORT, upstreams: hostNameServers(), clock }));
  const xRay = stack.use(await openXRayDaemon({ host: serviceAddress, port: XRAY_PORT, clock }));
  const installation = createHash("sha256").update(settings.data).digest("hex").slice(0, 8);
  const driver = stack.use(
    await createOciDriver({
      clock,
      network,
      directory: runDirectory,
      cgroupParent: number === 1 ? `/hearth-${installation}` : `/hearth-${installation}-${number}`,
      runtimeApiPort: RUNTIME_API_PORT,
      rootsDirectory: settings.runtimes,
      onNote: say,
    }),
  );
  const apis = stack.use(createEnvironmentApis((socket) => socket.remoteAddress ?? ""));
  await apis.listen(serviceAddress, RUNTIME_API_PORT);
  const { runtimes, baseImages, nearestRuntime, interpreters } = settings;
  const resources = stack.move();
  return {
    driver,
    apis,
    imagesDirectory: runtimes,
    xRay,
    rootFilesystems: createRootFilesystems({ directory: runtimes, baseImages, nearestRuntime, interpreters }),
    serviceAddress,
    endpointUrl: `http://${serviceAddress}:${settings.port}`,
    codeDirectory: join(runDirectory, "code"),
    compiledDirectory: join(runDirectory, "compiled"),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
