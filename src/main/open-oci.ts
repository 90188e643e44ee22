// What a worker with runc sandboxes stands on: its own file system in memory, the managed network, the resolver, the driver.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../foundation/clock.ts";
import { mount } from "../worker/linux/system-calls.ts";
import { createNetwork } from "../worker/network/network.ts";
import { createResolver, nameServers } from "../worker/network/resolver.ts";
import { removeUnfinished } from "../worker/rootfs/build-once.ts";
import { createRootFilesystems } from "../worker/rootfs/rootfs.ts";
import { createRuntimeApi } from "../worker/runtime-api/runtime-api.ts";
import { createOciDriver } from "../worker/sandboxes/oci/oci-driver.ts";
import type { WorkerGround } from "../worker/worker.ts";
import type { Settings } from "./settings.ts";

const RUNTIME_API_PORT = 9001;
const DNS_PORT = 53;

function hostNameServers(): readonly { host: string; port: number }[] {
  const text = existsSync("/etc/resolv.conf") ? readFileSync("/etc/resolv.conf", "utf8") : "";
  return nameServers(text).map((host) => ({ host, port: DNS_PORT }));
}

/** Opens all of it under `directory`; disposal closes it in the right order. Throws a Fault where something is lacking. */
export async function openOci(
  settings: Settings,
  directory: string,
  clock: Clock,
  say: (line: string) => void,
): Promise<WorkerGround> {
  removeUnfinished(settings.runtimes, clock.nowMs());
  await using stack = new AsyncDisposableStack();
  const runDirectory = join(directory, "run");
  // Unpacked code and sandboxes' files live in memory, in this process's own mount namespace: never in the clear on disk,
  // gone with the worker.
  mount("tmpfs", runDirectory, "tmpfs", 0, "mode=711,size=50%");
  const network = stack.use(
    await createNetwork({
      rememberedFile: join(directory, "network-range"),
      endpointPort: settings.port,
      runtimeApiPort: RUNTIME_API_PORT,
    }),
  );
  const { serviceAddress } = network;
  stack.use(await createResolver({ host: serviceAddress, port: DNS_PORT, upstreams: hostNameServers(), clock }));
  const installation = createHash("sha256").update(settings.data).digest("hex").slice(0, 8);
  const driver = stack.use(
    await createOciDriver({
      clock,
      network,
      directory: runDirectory,
      cgroupParent: `/hearth-${installation}`,
      runtimeApiPort: RUNTIME_API_PORT,
      rootsDirectory: settings.runtimes,
      onNote: say,
    }),
  );
  const runtimeApi = stack.use(createRuntimeApi((socket) => socket.remoteAddress ?? ""));
  await runtimeApi.listen(serviceAddress, RUNTIME_API_PORT);
  const { runtimes, baseImages, nearestRuntime } = settings;
  const resources = stack.move();
  return {
    driver,
    runtimeApi,
    rootFilesystems: createRootFilesystems({ directory: runtimes, baseImages, nearestRuntime }),
    serviceAddress,
    endpointUrl: `http://${serviceAddress}:${settings.port}`,
    codeDirectory: join(runDirectory, "code"),
    compiledDirectory: join(runDirectory, "compiled"),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
