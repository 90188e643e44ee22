// Environments as plain processes, for machines without sandboxes: the same life and APIs, and no isolation whatsoever.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../../../foundation/fault.ts";
import type { HttpPort } from "../../http/http-server.ts";
import { extensionScript, launchScript } from "../launch-script.ts";
import type {
  Launch,
  RuntimeExit,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxOutput,
  SandboxSpec,
} from "../sandbox-driver.ts";
import { openSandboxPipes, type SandboxPipes } from "../sandbox-pipes.ts";
import { hostLaunch } from "./host-launch.ts";

/** Said at start, by `hearth doctor` and in the console. */
export const NO_ISOLATION =
  "plain processes: no isolation, no memory, CPU or size limits; functions can do what Hearth's own user can";

/** What the driver needs of the worker. */
export interface ProcessDriverDeps {
  /** For what each environment is launched with. */
  readonly directory: string;
  /** The machine's own PATH. */
  readonly searchPath: string;
  /** Opens a port of the Runtime API that belongs to one environment. */
  readonly openRuntimeApi: () => Promise<HttpPort>;
}

const keeperPath = fileURLToPath(new URL("./keeper.sh", import.meta.url));

async function createSandbox(deps: ProcessDriverDeps, spec: SandboxSpec): Promise<Sandbox> {
  const directory = join(deps.directory, spec.id);
  await using stack = new AsyncDisposableStack();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const api = stack.use(await deps.openRuntimeApi());
  const pipes = stack.use(openSandboxPipes());
  const keeper = spawn("sh", [keeperPath, directory], {
    stdio: ["ignore", ...pipes.theirs],
    env: { PATH: deps.searchPath },
    detached: true,
  });
  keeper.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => keeper.once("close", () => resolve()));
  stack.defer(async () => {
    // The keeper ends the runtime and itself when its commands end.
    pipes.closeCommands();
    await ended;
    pipes.drain();
  });
  pipes.releaseTheirs();
  return new ProcessSandbox(deps, { id: spec.id, directory, pipes, port: api.port, resources: stack.move() });
}

/** The driver. A worker that is killed takes its environments' processes along: their keepers notice. */
export function createProcessDriver(deps: ProcessDriverDeps): SandboxDriver {
  rmSync(deps.directory, { recursive: true, force: true });
  return {
    name: "process",
    canPool: false,
    create: (spec) => createSandbox(deps, spec),
    [Symbol.asyncDispose]() {
      rmSync(deps.directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

interface ProcessSandboxParts {
  readonly id: string;
  readonly directory: string;
  readonly pipes: SandboxPipes;
  readonly port: number;
  readonly resources: AsyncDisposableStack;
}

class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly runtimeApi: string;
  readonly identity: string;
  readonly address = { host: "127.0.0.1", localAddress: undefined };
  readonly phasesMs: Readonly<Record<string, number>> = {};
  readonly #deps: ProcessDriverDeps;
  readonly #parts: ProcessSandboxParts;
  #peakBytes = 0;
  #extensions = 0;
  #disposal: Promise<void> | undefined;

  constructor(deps: ProcessDriverDeps, parts: ProcessSandboxParts) {
    this.#deps = deps;
    this.#parts = parts;
    this.id = parts.id;
    this.runtimeApi = `127.0.0.1:${parts.port}`;
    this.identity = String(parts.port);
  }

  boot(): Promise<void> {
    return Promise.reject(new Fault("plain processes are not started before their function is known"));
  }

  /** There are no limits to set. */
  specialise(_limits: SandboxLimits, output: SandboxOutput): void {
    this.#parts.pipes.begin(output);
  }

  isAlive(): boolean {
    return !this.#parts.pipes.reports.hasEnded();
  }

  launch(launch: Launch): ReturnType<Sandbox["launch"]> {
    const { directory, pipes } = this.#parts;
    writeFileSync(join(directory, "launch"), launchScript(hostLaunch(launch, this.#deps.searchPath)), { mode: 0o600 });
    const exited = pipes.reports.nextExit();
    pipes.command("launch");
    return exited;
  }

  launchExtension(name: string, launch: Launch): Promise<RuntimeExit> {
    const { directory, pipes } = this.#parts;
    const number = ++this.#extensions;
    const { environment } = hostLaunch({ ...launch, environment: launch.extensionEnvironment }, this.#deps.searchPath);
    const script = extensionScript(join(launch.layersDirectory ?? "/opt", "extensions", name), environment);
    writeFileSync(join(directory, `extension-${number}`), script, { mode: 0o600 });
    const exited = pipes.reports.extensionExit(number);
    pipes.command(`extension ${number}`);
    return exited;
  }

  signalRuntime(signal: "terminate" | "kill"): void {
    this.#parts.pipes.command(`runtime-${signal}`);
  }

  killRuntime(): Promise<void> {
    this.#parts.pipes.command("kill");
    return Promise.resolve();
  }

  setCpu(): void {
    // There is no share to give: the process takes what the machine has.
  }

  freeze(): void {
    this.#parts.pipes.command("freeze");
  }

  thaw(): void {
    this.#parts.pipes.command("thaw");
  }

  memoryBytes(): number {
    return this.#statusBytes("VmRSS");
  }

  peakMemoryBytes(): number {
    this.#peakBytes = Math.max(this.#peakBytes, this.#statusBytes("VmHWM"));
    return this.#peakBytes;
  }

  /** Of the runtime's own process; 0 where it has ended, or the machine does not tell (no /proc). */
  #statusBytes(field: "VmRSS" | "VmHWM"): number {
    try {
      const status = readFileSync(`/proc/${this.#parts.pipes.reports.pid() ?? 0}/status`, "utf8");
      return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "mu").exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  outOfMemoryKills(): number {
    return 0;
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
