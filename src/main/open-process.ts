// What a worker without sandboxes stands on: plain processes, each with a port of the Runtime API.
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../foundation/clock.ts";
import { createEnvironmentApis } from "../worker/environments/environment-apis.ts";
import { createHostRuntimes } from "../worker/rootfs/host-runtimes.ts";
import { createProcessDriver } from "../worker/sandboxes/process/process-driver.ts";
import type { WorkerGround } from "../worker/worker-ground.ts";
import { openXRayDaemon } from "../worker/xray-daemon/xray-daemon.ts";
import type { Settings } from "./settings.ts";

const LOOPBACK = "127.0.0.1";

/** Opens it under `directory`. `searchPath` is the machine's own PATH. */
export async function openProcess(
  settings: Settings,
  directory: string,
  searchPath: string,
  clock: Clock,
): Promise<WorkerGround> {
  const runDirectory = join(directory, "run");
  rmSync(runDirectory, { recursive: true, force: true });
  mkdirSync(runDirectory, { recursive: true });
  // Unpacked code lies on disk here, so it is for Hearth's own user alone.
  chmodSync(runDirectory, 0o700);
  const apis = createEnvironmentApis((socket) => String(socket.localPort));
  const driver = createProcessDriver({
    directory: join(runDirectory, "sandboxes"),
    searchPath,
    openRuntimeApi: () => apis.listen(LOOPBACK, 0),
  });
  const codeDirectory = join(runDirectory, "code");
  const xRay = await openXRayDaemon({ host: LOOPBACK, port: 0, clock });
  return {
    xRay,
    driver,
    apis,
    imagesDirectory: undefined,
    rootFilesystems: createHostRuntimes({
      directory: settings.runtimes,
      codeDirectory,
      interpreters: settings.interpreters,
    }),
    serviceAddress: undefined,
    endpointUrl: `http://${settings.host}:${settings.port}`,
    codeDirectory,
    compiledDirectory: undefined,
    async [Symbol.asyncDispose]() {
      await xRay[Symbol.asyncDispose]();
      await apis[Symbol.asyncDispose]();
      await driver[Symbol.asyncDispose]();
      rmSync(runDirectory, { recursive: true, force: true });
    },
  };
}
