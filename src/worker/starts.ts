// What an environment takes before it is one: its root, its package, what was compiled of that, and a sandbox. Most of it is
// made ready when its function is published.
import { availableParallelism } from "node:os";
import type { Clock } from "../foundation/clock.ts";
import { Fault } from "../foundation/fault.ts";
import { newHex } from "../foundation/ids.ts";
import type { EnvironmentSpec, EnvironmentStarted, Pooled, Preparation } from "../link/messages.ts";
import {
  acquireFunctionCode,
  type CodeCache,
  type CodeImages,
  createCodeCache,
  type FetchCode,
  type FunctionCode,
} from "./code/code-cache.ts";
import { LocalCode } from "./code/local-code.ts";
import { type CompiledPackages, createCompiledPackages } from "./compiled/compiled.ts";
import { type DebuggerDoor, openDebuggerDoor } from "./debugger-door.ts";
import { extensionEnvironment, externalExtensions } from "./external-extensions.ts";
import { bootPlan, commandsOf, startVariables, workingDirectoryOf, wrapperOf } from "./launch-plan.ts";
import { createPools, type Pools, type SandboxNeed } from "./pools/pools.ts";
import { createFunctionImages, type FunctionImages, type FunctionImagesOptions } from "./rootfs/function-images.ts";
import type { Prepared } from "./rootfs/rootfs.ts";
import type { Launch, Sandbox } from "./sandboxes/sandbox-driver.ts";
import type { WorkerGround } from "./worker-ground.ts";

const UNUSED_CODE_BYTES_MAX = 1 << 30;
const COMPILE_AFTER_MS = 1_000;

type Ready = Extract<Prepared, { ready: true }>;

/** Everything for one environment, given back by disposing `resources`. */
export interface Start {
  readonly sandbox: Sandbox;
  readonly launch: Launch;
  /** Where the sandbox came from, and what that took. */
  readonly origin: Omit<EnvironmentStarted, "initialised">;
  /** What users should find in the function's log. */
  readonly note: string | undefined;
  readonly resources: AsyncDisposableStack;
}

/** What makes starts. Disposal ends what waits for them. */
export interface Starts extends AsyncDisposable {
  /** Makes a function's runtime and code ready, and lets the pools expect it: all of it before its first start. */
  prepare(preparation: Preparation): Promise<Prepared>;
  /** Rejects when something of it can't be had; nothing is kept then. */
  begin(spec: EnvironmentSpec): Promise<Start>;
  /** Invocations go on: what is made ahead waits for a pause. */
  noteWork(): void;
  /** Sandboxes that wait, by level. */
  pooled(): Readonly<Record<1 | 2, number>>;
}

/** What they are made with. */
export interface StartsDeps {
  readonly clock: Clock;
  readonly ground: WorkerGround;
  /** Sandboxes that may be made ahead of need; 0: none. */
  readonly pooledMax: number;
  /** Which packages become read-only images; undefined: none. */
  readonly codeImages: CodeImages | undefined;
  /** Directories that code may be run from where it lies. */
  readonly localCode: readonly string[];
  /** Told of a local path below which something has changed. */
  readonly onCodeChanged: (localPath: string) => void;
  readonly registryPort: FunctionImagesOptions["registryPort"];
  readonly services: FunctionImagesOptions["services"];
  readonly fetchCode: FetchCode;
  readonly onPooled: (pooled: Pooled) => void;
  readonly onFault: (error: unknown) => void;
}

const isPackaged = ({ image, localPath }: Preparation | EnvironmentSpec): boolean =>
  image === undefined && localPath === undefined;

/** Of a package in Java is compiled what its handler reaches, and packages with many handlers are common. */
const entryOf = ({ handler }: Preparation | EnvironmentSpec, { start }: Ready): string | undefined =>
  start.kind === "java" ? handler : undefined;

/** What an environment needs of a sandbox. */
function needOf(of: Preparation | EnvironmentSpec, prepared: Ready): SandboxNeed {
  return { rootfs: prepared.rootfs, isImage: of.image !== undefined, bootPlan: bootPlan(of, prepared) };
}

/** What is there for a launch. */
interface Made {
  readonly prepared: Ready;
  readonly sandbox: Sandbox;
  readonly code: FunctionCode | undefined;
  readonly door: DebuggerDoor | undefined;
}

function debugNote({ debugPort }: EnvironmentSpec, door: DebuggerDoor | undefined): string | undefined {
  if (debugPort === undefined) return undefined;
  return door === undefined
    ? `Port ${debugPort} is taken, so no debugger reaches this environment`
    : `The runtime waits for a debugger at 127.0.0.1:${debugPort}`;
}

/** Nothing is ready yet. */
export function createStarts(deps: StartsDeps): Starts {
  return new LiveStarts(deps);
}

class LiveStarts implements Starts {
  readonly #deps: StartsDeps;
  readonly #code: CodeCache;
  readonly #local: LocalCode;
  readonly #images: FunctionImages | undefined;
  readonly #pools: Pools;
  readonly #compiled: CompiledPackages | undefined;

  constructor(deps: StartsDeps) {
    const { clock, ground, onFault } = deps;
    const { driver, codeDirectory, compiledDirectory } = ground;
    this.#deps = deps;
    this.#code = createCodeCache({
      directory: codeDirectory,
      fetch: deps.fetchCode,
      unusedBytesMax: UNUSED_CODE_BYTES_MAX,
      images: deps.codeImages,
      onFault,
    });
    this.#local = new LocalCode({ clock, allowed: deps.localCode, onChanged: deps.onCodeChanged });
    const { imagesDirectory } = ground;
    if (imagesDirectory !== undefined)
      this.#images = createFunctionImages({
        directory: imagesDirectory,
        clock,
        registryPort: deps.registryPort,
        services: deps.services,
        whyNotLocal: (path) => this.#local.whyNot(path),
      });
    this.#images?.sweep().catch(onFault);
    this.#pools = createPools({
      clock,
      driver,
      sandboxesMax: deps.pooledMax,
      makingMax: Math.max(2, availableParallelism()),
      onPooled: deps.onPooled,
      onFault,
    });
    if (compiledDirectory === undefined) return;
    const makeSandbox = (rootfs: string): Promise<Sandbox> =>
      driver.create({ id: newHex(8), rootfs, isImage: false, isBackground: true });
    this.#compiled = createCompiledPackages({ clock, directory: compiledDirectory, makeSandbox });
  }

  async prepare(preparation: Preparation): Promise<Prepared> {
    const prepared = await this.#prepareRoot(preparation);
    if (!prepared.ready) return prepared;
    const { localPath } = preparation;
    const reason = localPath === undefined ? undefined : this.#local.whyNotRun(localPath);
    if (reason !== undefined) return { ready: false, reason };
    await Promise.all([
      this.#pools.expect(needOf(preparation, prepared)),
      // What fails here the first start tries again, and says so if it can't be.
      this.#compile(preparation, prepared).catch(this.#deps.onFault),
    ]);
    return prepared;
  }

  async begin(spec: EnvironmentSpec): Promise<Start> {
    const { clock } = this.#deps;
    await using stack = new AsyncDisposableStack();
    const startedMs = clock.elapsedMs();
    const prepared = await this.#prepareRoot(spec);
    if (!prepared.ready) throw new Fault(prepared.reason);
    let codeMs = 0;
    const acquiring = this.#acquireCode(spec).then((it) => {
      codeMs = clock.elapsedMs() - startedMs;
      return it === undefined ? undefined : stack.use(it);
    });
    const taking = this.#pools.take(needOf(spec, prepared)).then((it) => {
      stack.use(it.sandbox);
      return it;
    });
    // Both to their end, so that what one took is given back when the other fails.
    await Promise.allSettled([acquiring, taking]);
    const [code, { sandbox, poolLevel, poolMiss, waitedMs }] = await Promise.all([acquiring, taking]);
    const door = await this.#openDoor(spec, sandbox);
    if (door !== undefined) stack.use(door);
    const madeMs = poolLevel === 0 ? sandbox.phasesMs : {};
    return {
      sandbox,
      launch: this.#launch(spec, { prepared, sandbox, code, door }),
      origin: { phasesMs: { queue: waitedMs, code: codeMs, ...madeMs }, poolLevel, poolMiss },
      note: [prepared.note, debugNote(spec, door)].filter((it) => it !== undefined).join("; ") || undefined,
      resources: stack.move(),
    };
  }

  /** The root of the runtime, or the function's own image. */
  #prepareRoot({ image, runtime }: Preparation | EnvironmentSpec): Promise<Prepared> {
    const { ground } = this.#deps;
    if (image === undefined) return ground.rootFilesystems.prepare(runtime);
    const reason = "Container images run in sandboxes alone, and there are none here (hearth doctor says why).";
    return this.#images?.prepare(image) ?? Promise.resolve({ ready: false, reason });
  }

  /** Package and layers; an image has both in its root. */
  async #acquireCode(spec: EnvironmentSpec): Promise<FunctionCode | undefined> {
    return spec.image === undefined ? await acquireFunctionCode(this.#code, this.#local, spec) : undefined;
  }

  noteWork(): void {
    this.#pools.noteWork();
  }

  pooled(): Readonly<Record<1 | 2, number>> {
    return this.#pools.waiting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#local[Symbol.dispose]();
    await this.#pools[Symbol.asyncDispose]();
  }

  /** Where the debugger that is waited for comes in; undefined where none is, or another environment has the port. */
  async #openDoor({ debugPort }: EnvironmentSpec, { address }: Sandbox): Promise<DebuggerDoor | undefined> {
    return debugPort === undefined ? undefined : await openDebuggerDoor(this.#deps.clock, debugPort, address);
  }

  #launch(spec: EnvironmentSpec, { prepared, sandbox, code, door }: Made): Launch {
    const commands = commandsOf(spec, prepared.start, door?.target);
    const [command = []] = commands;
    const compiledDirectory = this.#compiled?.find({
      codeSha256: spec.codeSha256,
      layerSha256s: spec.layerSha256s,
      rootfs: prepared.rootfs,
      command,
      entry: entryOf(spec, prepared),
    });
    // Published on another worker, or before this one started: from its second environment on, it is compiled here too.
    if (compiledDirectory === undefined && isPackaged(spec)) this.#compileLater(spec, prepared);
    const { xRay, endpointUrl } = this.#deps.ground;
    const environment = {
      ...prepared.environment,
      // A function may name another daemon.
      AWS_XRAY_DAEMON_ADDRESS: `${xRay.host}:${xRay.port}`,
      _AWS_XRAY_DAEMON_ADDRESS: xRay.host,
      _AWS_XRAY_DAEMON_PORT: String(xRay.port),
      ...spec.environment,
      AWS_LAMBDA_RUNTIME_API: sandbox.runtimeApi,
      AWS_ENDPOINT_URL: endpointUrl,
      _LAMBDA_TELEMETRY_LOG_FD: "5",
    };
    return {
      codeDirectory: code?.codeDirectory,
      layersDirectory: code?.layersDirectory,
      workingDirectory: workingDirectoryOf(spec, prepared.start),
      compiledDirectory,
      runtimeDirectory: prepared.runtimeDirectory,
      commands,
      wrapper: wrapperOf(spec, prepared.start),
      environment,
      extensions: externalExtensions(spec.image === undefined ? code?.layersDirectory : prepared.optDirectory),
      extensionEnvironment: extensionEnvironment(environment),
    };
  }

  /** Not at once: the start goes first. */
  #compileLater(spec: EnvironmentSpec, prepared: Ready): void {
    const { clock, onFault } = this.#deps;
    clock.after(COMPILE_AFTER_MS, () => void this.#compile(spec, prepared).catch(onFault));
  }

  /** Unpacks a package and compiles it, where that has not been done. */
  async #compile(of: Preparation | EnvironmentSpec, prepared: Ready): Promise<void> {
    // What is run where it lies changes as it likes, and images are run as they are.
    if (!isPackaged(of)) return;
    using code = await acquireFunctionCode(this.#code, this.#local, of);
    const { codeSha256, layerSha256s, handler } = of;
    const { rootfs, start, runtimeDirectory } = prepared;
    const [command = []] = commandsOf(of, start);
    await this.#compiled?.compile({
      codeSha256,
      layerSha256s,
      rootfs,
      command,
      entry: entryOf(of, prepared),
      kind: start.kind,
      codeDirectory: code.codeDirectory,
      layersDirectory: code.layersDirectory,
      runtimeDirectory,
      handler,
      environment: startVariables(of.environment),
    });
  }
}
