// The process `worker`: makes environments. Listens to nothing but its environments; connects to services by the link.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { systemClock } from "../foundation/clock.ts";
import { messageOf } from "../foundation/fault.ts";
import { newHex } from "../foundation/ids.ts";
import { createConnection } from "../link/connection.ts";
import { mount } from "../worker/linux/system-calls.ts";
import { createNetwork } from "../worker/network/network.ts";
import { createResolver, nameServers } from "../worker/network/resolver.ts";
import { createRootFilesystems } from "../worker/rootfs/rootfs.ts";
import { createRuntimeApi } from "../worker/runtime-api/runtime-api.ts";
import { createOciDriver } from "../worker/sandboxes/oci/oci-driver.ts";
import { probeOci } from "../worker/sandboxes/oci/probe-oci.ts";
import { createWorker } from "../worker/worker.ts";
import { readSettings } from "./settings.ts";

const RUNTIME_API_PORT = 9001;
const RECONNECT_AFTER_MS = 50;

function say(line: string): void {
  process.stderr.write(`worker: ${line}\n`);
}

const settings = readSettings(process.argv.slice(2), process.env);
const clock = systemClock;
const directory = join(settings.data, "worker");
mkdirSync(join(directory, "run"), { recursive: true, mode: 0o711 });
mkdirSync(settings.runtimes, { recursive: true, mode: 0o711 });

const probe = await probeOci();
if (!probe.available) {
  say(`no sandbox driver can run here: ${probe.missing} is missing; ${probe.fix}`);
  process.exit(78);
}
const runDirectory = join(directory, "run");
// Unpacked code and sandboxes' files live in memory, in this process's own mount namespace: never in the clear on disk, gone with the worker.
mount("tmpfs", runDirectory, "tmpfs", 0, "mode=711,size=50%");
const installation = createHash("sha256").update(settings.data).digest("hex").slice(0, 8);
const network = await createNetwork({
  rememberedFile: join(directory, "network-range"),
  endpointPort: settings.port,
  runtimeApiPort: RUNTIME_API_PORT,
});
const resolver = await createResolver({
  host: network.serviceAddress,
  port: 53,
  upstreams: nameServers(existsSync("/etc/resolv.conf") ? readFileSync("/etc/resolv.conf", "utf8") : "").map(
    (host) => ({
      host,
      port: 53,
    }),
  ),
  clock,
});
const driver = await createOciDriver({
  clock,
  network,
  directory: runDirectory,
  cgroupParent: `/hearth-${installation}`,
  runtimeApiPort: RUNTIME_API_PORT,
});
const runtimeApi = createRuntimeApi((socket) => socket.remoteAddress ?? "");
await runtimeApi.listen(network.serviceAddress, RUNTIME_API_PORT);
const worker = createWorker({
  clock,
  driver,
  isolation: probe.description,
  rootFilesystems: createRootFilesystems({
    directory: settings.runtimes,
    baseImages: settings.baseImages,
    nearestRuntime: settings.nearestRuntime,
  }),
  runtimeApi,
  serviceAddress: network.serviceAddress,
  endpointUrl: `http://${network.serviceAddress}:${settings.port}`,
  codeDirectory: join(runDirectory, "code"),
  workerId: newHex(4),
  onFault: (error) => say(`fault: ${messageOf(error)}`),
});

let isStopping = false;
const linkPath = join(settings.data, "services", "link.sock");

/** Joins services; after every end of the link, joins again: environments stay warm meanwhile. */
function joinServices(): void {
  if (isStopping) return;
  const again = (): void => void clock.after(RECONNECT_AFTER_MS, joinServices);
  if (!existsSync(linkPath)) return again();
  const socket = connect(linkPath);
  socket.once("error", again);
  socket.once("connect", () => {
    socket.removeListener("error", again);
    const connection = createConnection(socket, {
      onCall: (method, parcel) => worker.onCall(method, parcel),
      onNotice: () => undefined,
      onClose() {
        worker.detach();
        again();
      },
    });
    worker.attach(connection);
  });
}
joinServices();
say(`ready: ${probe.description}`);

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await worker.stop();
  await runtimeApi[Symbol.asyncDispose]();
  await resolver[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
