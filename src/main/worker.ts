// The process `worker`: makes environments. Listens to nothing but its environments; connects to services by the link.
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { systemClock } from "../foundation/clock.ts";
import { messageOf } from "../foundation/fault.ts";
import { newHex } from "../foundation/ids.ts";
import { createConnection } from "../link/connection.ts";
import { probeOci } from "../worker/sandboxes/oci/probe-oci.ts";
import { createWorker } from "../worker/worker.ts";
import { chooseDriver } from "./choose-driver.ts";
import { openOci } from "./open-oci.ts";
import { openProcess } from "./open-process.ts";
import { readSettings } from "./settings.ts";

const RECONNECT_AFTER_MS = 50;
const KEEP_ALIVE_MS = 3_600_000;

/** Which of the machine's workers this is; the supervisor counts them from 1. */
const number = Number(process.env["HEARTH_WORKER_NUMBER"] ?? "1");

function say(line: string): void {
  process.stderr.write(`worker${number === 1 ? "" : ` ${number}`}: ${line}\n`);
}

const settings = readSettings(process.argv.slice(2), process.env);
const clock = systemClock;
// The first has the directory that a sole worker has.
const directory = join(settings.data, number === 1 ? "worker" : `worker-${number}`);
mkdirSync(join(directory, "run"), { recursive: true, mode: 0o711 });
// Sandboxes with user ids of their own pass through it; what is not theirs lies in directories that are closed to them.
if (statSync(settings.data).uid === process.getuid?.()) chmodSync(settings.data, 0o755);
mkdirSync(settings.runtimes, { recursive: true, mode: 0o711 });

const choice = chooseDriver(settings.driver, await probeOci([settings.runtimes, directory]));
if (choice.driver === "none") {
  say(choice.reason);
  process.exit(78);
}
if (choice.warning !== undefined) say(choice.warning);
const ground =
  choice.driver === "oci"
    ? await openOci({ settings, directory, number, clock, say })
    : await openProcess(settings, directory, process.env["PATH"] ?? "/usr/bin:/bin", clock);
// Opening it has removed what a worker that was killed had left; nobody wants more of this one.
if (process.env["HEARTH_CLEAN_UP"] === "1") {
  await ground[Symbol.asyncDispose]();
  process.exit(0);
}
const worker = createWorker({
  clock,
  ground,
  isolation: choice.isolation,
  workerId: newHex(4),
  pooledMax: settings.pool,
  localCode: settings.localCode,
  registryPort: settings.port,
  codeImages:
    settings.codeImages === "off" || choice.driver === "process"
      ? undefined
      : { type: settings.codeImages, bytesMin: settings.codeImageMiB * 1_048_576 },
  share: {
    memoryMiB: Math.floor(totalmem() / 1_048_576 / settings.workers),
    cores: Math.max(1, Math.floor(availableParallelism() / settings.workers)),
    workers: settings.workers,
  },
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
      onCall: (method, parcel, parts) => worker.onCall(method, parcel, parts),
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
// Clocks' timers keep no process alive; a worker without a link and without a listener still has its work to come.
setInterval(() => undefined, KEEP_ALIVE_MS);
say(`ready: ${choice.isolation}`);

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const complain = (error: unknown): void => say(`fault: ${messageOf(error)}`);
  // Whatever fails on the way, what is left is still given back.
  await worker.stop().catch(complain);
  await Promise.resolve(ground[Symbol.asyncDispose]()).catch(complain);
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
