// Sandboxes by runc: namespaces, no capabilities, seccomp, read-only root, cgroup limits, a network of their own.
import { spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../foundation/clock.ts";
import { Fault } from "../../../foundation/fault.ts";
import { isRoot, platform, processId } from "../../../foundation/host.ts";
import { run } from "../../../foundation/subprocess.ts";
import { environmentCgroup, findHierarchy, type Hierarchy, listCgroups } from "../../cgroups/cgroups.ts";
import {
  createReadiness,
  makeBlocking,
  mount,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
  MS_SHARED,
  pipe,
  unmount,
} from "../../linux/system-calls.ts";
import type { Network } from "../../network/network.ts";
import type { Probe, Sandbox, SandboxDriver, SandboxOutput, SandboxSpec } from "../sandbox-driver.ts";
import { launchScript } from "../launch-script.ts";
import { openOutputPipe } from "../output-pipe.ts";
import { createReportReader } from "../report-reader.ts";
import { runtimeSpec, USER_IDS } from "./runtime-spec.ts";

const CREATE_TIMEOUT_MS = 20_000;
/** Above what systems give to users and what their subordinate ids usually take; each sandbox has a range of its own. */
const FIRST_USER_ID = 1_879_048_192;

/** What the driver needs of the worker. */
export interface OciDriverDeps {
  readonly clock: Clock;
  readonly network: Network;
  /** On a file system of the worker's own that ends with it. */
  readonly directory: string;
  /** Names this installation's cgroups: `/hearth-ID`. */
  readonly cgroupParent: string;
  readonly runtimeApiPort: number;
}

/** Whether runc can run here, and if not, why. Looks only; starts nothing but version questions. */
export async function probeOci(): Promise<Probe> {
  const missing = (what: string, fix: string): Probe => ({ available: false, missing: what, fix });
  if (platform !== "linux") return missing("a Linux kernel", "run Hearth in a Linux virtual machine");
  if (!isRoot()) return missing("root", "start Hearth as root (sudo npm start)");
  if (findHierarchy() === undefined)
    return missing("control groups under /sys/fs/cgroup", "mount cgroup2 or the version 1 controllers there");
  for (const [file, packageName] of [
    ["runc", "runc"],
    ["nft", "nftables"],
    ["busybox", "busybox-static"],
  ] as const) {
    const found = await run(file, ["--help"]).catch(() => undefined);
    if (found === undefined) return missing(file, `install the package ${packageName}`);
  }
  const version = (await run("runc", ["--version"])).stdout.split("\n")[0] ?? "runc";
  return { available: true, description: `${version}, cgroup version ${findHierarchy()?.version ?? 0}` };
}

/** Whether a user namespace can be made: some systems switch them off. */
export async function probeUserNamespaces(): Promise<boolean> {
  const tried = await run("unshare", ["--user", "true"]).catch(() => undefined);
  return tried?.code === 0;
}

function busyboxPath(): string {
  const found = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"].find((it) => existsSync(it));
  if (found === undefined) throw new Fault("busybox is not installed");
  return found;
}

/** Kills and removes the cgroups of a worker that is gone, and with them its sandboxes. */
async function removeLeftovers(hierarchy: Hierarchy, parent: string, clock: Clock): Promise<void> {
  for (const name of listCgroups(hierarchy, parent)) {
    const cgroup = environmentCgroup(hierarchy, `${parent}/${name}`);
    await killAndRemove(cgroup, clock);
  }
}

/** Waits, bounded, for the kernel to end what was killed. */
async function killAndRemove(cgroup: ReturnType<typeof environmentCgroup>, clock: Clock): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (cgroup.kill() && cgroup.remove()) return;
    await new Promise<void>((resolve) => clock.after(2, resolve));
  }
}

/** Opens the driver; first removes what a killed worker left behind. */
export async function createOciDriver(deps: OciDriverDeps): Promise<SandboxDriver> {
  const { clock, network } = deps;
  const hierarchy = findHierarchy();
  if (hierarchy === undefined) throw new Fault("no control groups");
  await removeLeftovers(hierarchy, deps.cgroupParent, clock);
  const hasUserNamespaces = await probeUserNamespaces();
  const runcRoot = join(deps.directory, "runc");
  const initDirectory = join(deps.directory, "init");
  mkdirSync(initDirectory, { recursive: true });
  const resolvConf = join(initDirectory, "resolv.conf");
  writeFileSync(resolvConf, `nameserver ${network.serviceAddress}\n`);
  copyFileSync(busyboxPath(), join(initDirectory, "busybox"));
  copyFileSync(new URL("./init.sh", import.meta.url), join(initDirectory, "init.sh"));

  async function create(spec: SandboxSpec, output: SandboxOutput): Promise<Sandbox> {
    const startedMs = clock.elapsedMs();
    const bundle = join(deps.directory, "sandboxes", spec.id);
    const rapidDirectory = join(bundle, "rapid");
    const taskDirectory = join(bundle, "task");
    await using stack = new AsyncDisposableStack();
    mkdirSync(rapidDirectory, { recursive: true });
    mkdirSync(taskDirectory);
    stack.defer(() => rmSync(bundle, { recursive: true, force: true }));
    for (const file of ["busybox", "init.sh"]) copyFileSync(join(initDirectory, file), join(rapidDirectory, file));
    mount(taskDirectory, taskDirectory, "", MS_BIND);
    stack.defer(() => unmount(taskDirectory));
    mount("", taskDirectory, "", MS_SHARED);

    const environmentNetwork = stack.use(network.create());
    const networkMs = clock.elapsedMs() - startedMs;
    const cgroupPath = `${deps.cgroupParent}/${spec.id}`;
    const cgroup = environmentCgroup(hierarchy as Hierarchy, cgroupPath);
    stack.defer(() => killAndRemove(cgroup, clock));
    const config = runtimeSpec(spec, {
      rapidDirectory,
      taskDirectory,
      resolvConf,
      networkNamespace: `/proc/${processId}/fd/${environmentNetwork.namespaceFd}`,
      cgroupPath,
      firstUserId: hasUserNamespaces ? FIRST_USER_ID + environmentNetwork.number * USER_IDS : undefined,
    });
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config));

    const [stdout, stderr, telemetry, reports, commands] = [pipe(), pipe(), pipe(), pipe(), pipe()];
    makeBlocking(commands.readFd);
    const outputs = [
      openOutputPipe(stdout.readFd, (bytes) => output.onOutput(bytes)),
      openOutputPipe(stderr.readFd, (bytes) => output.onOutput(bytes)),
      openOutputPipe(telemetry.readFd, (bytes) => output.onTelemetry(bytes)),
    ];
    const hasOutput = createReadiness([stdout.readFd, stderr.readFd, telemetry.readFd]);
    const reader = createReportReader();
    const reportPipe = openOutputPipe(reports.readFd, reader.read, reader.end);
    stack.defer(() => {
      for (const it of [...outputs, reportPipe]) it[Symbol.dispose]();
      closeSync(commands.writeFd);
    });
    const theirs = [stdout.writeFd, stderr.writeFd, commands.readFd, reports.writeFd, telemetry.writeFd];
    const runcLog = join(bundle, "runc.log");
    const runc = spawn(
      "runc",
      ["--root", runcRoot, "--log", runcLog, "run", "--detach", "--preserve-fds", "3", "--bundle", bundle, spec.id],
      {
        stdio: ["ignore", ...theirs],
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
        timeout: CREATE_TIMEOUT_MS,
        killSignal: "SIGKILL",
      },
    );
    for (const fd of theirs) closeSync(fd);
    const exitCode = await new Promise<number>((resolve, reject) => {
      runc.once("error", reject);
      runc.once("exit", (code) => resolve(code ?? -1));
    });
    if (exitCode !== 0) {
      const said = existsSync(runcLog) ? readFileSync(runcLog, "utf8").trim() : "nothing in its log";
      throw new Fault(`runc could not make a sandbox (exit ${exitCode}): ${said}`);
    }
    environmentNetwork.release();
    const sandboxMs = clock.elapsedMs() - startedMs - networkMs;

    let isCodeMounted = false;
    const resources = stack.move();
    let disposal: Promise<void> | undefined;
    const command = (word: string): void => {
      try {
        writeSync(commands.writeFd, `${word}\n`);
      } catch {
        // Its end of the pipe is closed: the sandbox is gone, which the report pipe tells.
      }
    };
    return {
      runtimeApi: `${network.serviceAddress}:${deps.runtimeApiPort}`,
      identity: environmentNetwork.address,
      phasesMs: { network: networkMs, sandbox: sandboxMs },
      launch(launch) {
        if (!isCodeMounted) {
          // Made read-only before the sandbox can see it: a mount keeps its flags when it is bound on, and
          // propagates with them, but a later change of flags would stay on this side.
          const staged = join(bundle, "code");
          mkdirSync(staged);
          mount(launch.codeDirectory, staged, "", MS_BIND);
          resources.defer(() => unmount(staged));
          mount("", staged, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV);
          mount(staged, taskDirectory, "", MS_BIND);
          resources.defer(() => unmount(taskDirectory));
          isCodeMounted = true;
        }
        writeFileSync(join(rapidDirectory, "launch"), launchScript(launch));
        const exited = reader.nextExit();
        command("launch");
        return exited;
      },
      killRuntime() {
        command("kill");
        return Promise.resolve();
      },
      setCpu: (share) => cgroup.setCpuQuota(share === "boosted" ? undefined : spec.memoryMiB),
      freeze: cgroup.freeze,
      thaw: cgroup.thaw,
      peakMemoryBytes: cgroup.peakMemoryBytes,
      outOfMemoryKills: cgroup.outOfMemoryKills,
      drainOutput() {
        if (disposal === undefined && hasOutput()) for (const it of outputs) it.drain();
      },
      pauseOutput(isPaused) {
        for (const it of outputs) it.pause(isPaused);
      },
      [Symbol.asyncDispose]() {
        disposal ??= (async () => {
          await killAndRemove(cgroup, clock);
          for (const it of outputs) it.drain();
          rmSync(join(runcRoot, spec.id), { recursive: true, force: true });
          await resources.disposeAsync();
        })();
        return disposal;
      },
    };
  }

  return {
    name: "oci",
    create,
    async [Symbol.asyncDispose]() {
      await removeLeftovers(hierarchy, deps.cgroupParent, clock);
      const parent = environmentCgroup(hierarchy, deps.cgroupParent);
      parent.remove();
    },
  };
}
