// Sandboxes by runc: namespaces, no capabilities, seccomp, cgroup limits, a network of their own.
import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../foundation/clock.ts";
import { Fault } from "../../../foundation/fault.ts";
import { processId } from "../../../foundation/host.ts";
import { type EnvironmentCgroup, environmentCgroup, findHierarchy, type Hierarchy } from "../../cgroups/cgroups.ts";
import type { EnvironmentNetwork, Network } from "../../network/network.ts";
import { resizeTmpfs } from "../../linux/system-calls.ts";
import { bootScript, extensionScript, launchScript } from "../launch-script.ts";
import { openSandboxPipes, type SandboxPipes } from "../sandbox-pipes.ts";
import type {
  Boot,
  Launch,
  RuntimeExit,
  Sandbox,
  SandboxAddress,
  SandboxDriver,
  SandboxLimits,
  SandboxOutput,
  SandboxSpec,
} from "../sandbox-driver.ts";
import { busyboxPath, closedDirectory, probeUserNamespaces } from "./probe-oci.ts";
import { runDetached } from "./run-detached.ts";
import { EPHEMERAL_STORAGE_MIB_DEFAULT, runtimeSpec, USER_IDS } from "./runtime-spec.ts";
import { killAndRemove, removeLeftovers } from "./sandbox-cgroup.ts";
import { createLateMounts, type LateMounts } from "./late-mounts.ts";

/** Above what systems give to users and to containers; each sandbox has a range of its own. */
const FIRST_USER_ID = 1_879_048_192;
const INIT_FILES = ["busybox", "init.sh"];

/** What the driver needs of the worker. */
export interface OciDriverDeps {
  readonly clock: Clock;
  readonly network: Network;
  /** On a file system of the worker's own that ends with it. */
  readonly directory: string;
  /** Names this installation's cgroups: `/hearth-ID`. */
  readonly cgroupParent: string;
  readonly runtimeApiPort: number;
  /** Where root filesystems lie. */
  readonly rootsDirectory: string;
  /** Told what users should know of how sandboxes are made. */
  readonly onNote: (note: string) => void;
}

/** What all sandboxes of one driver share. */
interface Ground {
  readonly deps: OciDriverDeps;
  readonly hierarchy: Hierarchy;
  readonly hasUserNamespaces: boolean;
  readonly runcRoot: string;
  /** Holds busybox, init.sh and resolv.conf. */
  readonly initDirectory: string;
}

async function prepareGround(deps: OciDriverDeps): Promise<Ground> {
  const hierarchy = findHierarchy();
  const busybox = busyboxPath();
  if (hierarchy === undefined || busybox === undefined) throw new Fault("no control groups, or no busybox");
  await removeLeftovers(hierarchy, deps.cgroupParent, deps.clock);
  const initDirectory = join(deps.directory, "init");
  mkdirSync(initDirectory, { recursive: true });
  writeFileSync(join(initDirectory, "resolv.conf"), `nameserver ${deps.network.serviceAddress}\n`);
  copyFileSync(busybox, join(initDirectory, "busybox"));
  copyFileSync(new URL("./init.sh", import.meta.url), join(initDirectory, "init.sh"));
  const closed = closedDirectory(deps.rootsDirectory) ?? closedDirectory(deps.directory);
  if (closed !== undefined)
    deps.onNote(
      `sandboxes have no user ids of their own, since ${closed} is closed to others; fix: chmod o+x ${closed}`,
    );
  const hasUserNamespaces = closed === undefined && (await probeUserNamespaces());
  return { deps, hierarchy, hasUserNamespaces, runcRoot: join(deps.directory, "runc"), initDirectory };
}

/** Opens the driver; first removes what a killed worker left behind. */
export async function createOciDriver(deps: OciDriverDeps): Promise<SandboxDriver> {
  const ground = await prepareGround(deps);
  const making = new Set<Promise<Sandbox>>();
  let isClosed = false;
  return {
    name: "oci",
    canPool: true,
    async create(spec) {
      if (isClosed) throw new Fault("no sandbox is made any more");
      const made = createSandbox(ground, spec);
      making.add(made);
      try {
        return await made;
      } finally {
        making.delete(made);
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      // What runc makes after this would outlive the worker.
      await Promise.allSettled(making);
      await removeLeftovers(ground.hierarchy, deps.cgroupParent, deps.clock);
      environmentCgroup(ground.hierarchy, deps.cgroupParent).remove();
    },
  };
}

function writeConfig(
  ground: Ground,
  spec: SandboxSpec,
  at: { bundle: string; rapidDirectory: string; late: LateMounts; network: EnvironmentNetwork; cgroupPath: string },
): void {
  const config = runtimeSpec(spec, {
    rapidDirectory: at.rapidDirectory,
    taskDirectory: at.late.directoryOf("task"),
    optDirectory: at.late.directoryOf("opt"),
    compiledDirectory: at.late.directoryOf("compiled"),
    resolvConf: join(ground.initDirectory, "resolv.conf"),
    networkNamespace: `/proc/${processId}/fd/${at.network.namespaceFd}`,
    cgroupPath: at.cgroupPath,
    firstUserId: ground.hasUserNamespaces ? FIRST_USER_ID + at.network.number * USER_IDS : undefined,
  });
  writeFileSync(join(at.bundle, "config.json"), JSON.stringify(config));
}

/** Everything that one sandbox takes of the machine is on the stack, and given back when any step fails. */
async function createSandbox(ground: Ground, spec: SandboxSpec): Promise<Sandbox> {
  const { clock, network, directory, cgroupParent, runtimeApiPort } = ground.deps;
  const startedMs = clock.elapsedMs();
  const bundle = join(directory, "sandboxes", spec.id);
  const rapidDirectory = join(bundle, "rapid");
  await using stack = new AsyncDisposableStack();
  mkdirSync(join(rapidDirectory, "compiled"), { recursive: true });
  stack.defer(() => rmSync(bundle, { recursive: true, force: true }));
  for (const file of INIT_FILES) linkSync(join(ground.initDirectory, file), join(rapidDirectory, file));
  const late = stack.use(
    createLateMounts(bundle, {
      rootfs: spec.isImage ? undefined : spec.rootfs,
      isBootable: spec.isBackground,
    }),
  );
  const environmentNetwork = stack.use(network.create());
  const networkMs = clock.elapsedMs() - startedMs;
  const cgroupPath = `${cgroupParent}/${spec.id}`;
  const cgroup = environmentCgroup(ground.hierarchy, cgroupPath);
  const pipes = stack.use(openSandboxPipes());
  stack.defer(async () => {
    await killAndRemove(cgroup, clock);
    pipes.drain();
    rmSync(join(ground.runcRoot, spec.id), { recursive: true, force: true });
  });
  writeConfig(ground, spec, { bundle, rapidDirectory, late, network: environmentNetwork, cgroupPath });
  const { id, isBackground } = spec;
  await runDetached({ root: ground.runcRoot, bundle, id, fds: pipes.theirs, isBackground });
  pipes.releaseTheirs();
  environmentNetwork.release();
  return new OciSandbox({
    spec,
    rapidDirectory,
    late,
    cgroup,
    pipes,
    runtimeApi: `${network.serviceAddress}:${runtimeApiPort}`,
    serviceAddress: network.serviceAddress,
    identity: environmentNetwork.address,
    phasesMs: { network: networkMs, sandbox: clock.elapsedMs() - startedMs - networkMs },
    resources: stack.move(),
  });
}

interface OciSandboxParts {
  readonly spec: SandboxSpec;
  readonly rapidDirectory: string;
  readonly late: LateMounts;
  readonly cgroup: EnvironmentCgroup;
  readonly pipes: SandboxPipes;
  readonly runtimeApi: string;
  readonly serviceAddress: string;
  readonly identity: string;
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly resources: AsyncDisposableStack;
}

class OciSandbox implements Sandbox {
  readonly id: string;
  readonly runtimeApi: string;
  readonly identity: string;
  readonly address: SandboxAddress;
  readonly phasesMs: Readonly<Record<string, number>>;
  readonly #parts: OciSandboxParts;
  #extensions = 0;
  #memoryMiB = 0;
  /** How the booted runtime ends, while it waits for its function. */
  #booted: Promise<RuntimeExit> | undefined;
  #disposal: Promise<void> | undefined;

  constructor(parts: OciSandboxParts) {
    this.#parts = parts;
    this.id = parts.spec.id;
    this.runtimeApi = parts.runtimeApi;
    this.identity = parts.identity;
    this.address = { host: parts.identity, localAddress: parts.serviceAddress };
    this.phasesMs = parts.phasesMs;
  }

  async boot(boot: Boot): Promise<void> {
    const { pipes, rapidDirectory } = this.#parts;
    writeFileSync(join(rapidDirectory, "boot"), bootScript(boot));
    this.#booted = pipes.reports.nextExit();
    pipes.command("boot");
    const ended = await Promise.race([this.#booted, pipes.reports.waiting]);
    if (ended !== undefined) throw new Fault("a runtime ended before it had a function");
  }

  specialise({ memoryMiB, ephemeralStorageMiB }: SandboxLimits, output: SandboxOutput): void {
    const { cgroup, pipes, spec } = this.#parts;
    this.#memoryMiB = memoryMiB;
    cgroup.setMemoryLimit(memoryMiB);
    if (spec.isBackground) cgroup.setPriority("normal");
    if (ephemeralStorageMiB !== EPHEMERAL_STORAGE_MIB_DEFAULT) this.#resizeStorage(ephemeralStorageMiB);
    pipes.begin(output);
  }

  #resizeStorage(ephemeralStorageMiB: number): void {
    const [inside] = this.#parts.cgroup.processes();
    if (inside === undefined) throw new Fault("the sandbox has ended");
    resizeTmpfs(`/proc/${inside}/root/tmp`, ephemeralStorageMiB);
  }

  isAlive(): boolean {
    return !this.#parts.pipes.reports.hasEnded();
  }

  #show({ codeDirectory, compiledDirectory, layersDirectory }: Launch): void {
    const { late } = this.#parts;
    if (codeDirectory === undefined) return;
    late.show("task", codeDirectory);
    if (layersDirectory === undefined) late.leaveOptEmpty();
    else late.show("opt", layersDirectory);
    if (compiledDirectory !== undefined) late.show("compiled", compiledDirectory);
  }

  launchExtension(name: string, launch: Launch): Promise<RuntimeExit> {
    const { pipes, rapidDirectory } = this.#parts;
    this.#show(launch);
    const number = ++this.#extensions;
    const script = extensionScript(`/opt/extensions/${name}`, launch.extensionEnvironment);
    writeFileSync(join(rapidDirectory, `extension-${number}`), script);
    const exited = pipes.reports.extensionExit(number);
    pipes.command(`extension ${number}`);
    return exited;
  }

  signalRuntime(signal: "terminate" | "kill"): void {
    this.#parts.pipes.command(`runtime-${signal}`);
  }

  launch(launch: Launch): Promise<RuntimeExit> {
    const { pipes, rapidDirectory } = this.#parts;
    this.#show(launch);
    const booted = this.#booted;
    this.#booted = undefined;
    if (booted !== undefined) {
      // As the shell that starts a fresh one leaves it.
      pipes.tell(JSON.stringify({ environment: { ...launch.environment, PWD: "/var/task" } }));
      return booted;
    }
    writeFileSync(join(rapidDirectory, "launch"), launchScript(launch));
    const exited = pipes.reports.nextExit();
    pipes.command("launch");
    return exited;
  }

  killRuntime(): Promise<void> {
    this.#parts.pipes.command("kill");
    return Promise.resolve();
  }

  setCpu(share: "proportional" | "boosted"): void {
    this.#parts.cgroup.setCpuQuota(share === "boosted" ? undefined : this.#memoryMiB);
  }

  freeze(): void {
    this.#parts.cgroup.freeze();
  }

  thaw(): void {
    this.#parts.cgroup.thaw();
  }

  memoryBytes(): number {
    return this.#parts.cgroup.memoryBytes();
  }

  peakMemoryBytes(): number {
    return this.#parts.cgroup.peakMemoryBytes();
  }

  outOfMemoryKills(): number {
    return this.#parts.cgroup.outOfMemoryKills();
  }

  drainOutput(): void {
    this.#parts.pipes.drain();
  }

  pauseOutput(isPaused: boolean): void {
    this.#parts.pipes.pause(isPaused);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#parts.resources.disposeAsync();
    return this.#disposal;
  }
}
