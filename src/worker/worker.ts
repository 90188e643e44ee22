// The worker's door: answers what services ask over the link, with environments made by one sandbox driver.
import { availableParallelism, freemem } from "node:os";
import type { Clock, Timer } from "../foundation/clock.ts";
import { newHex } from "../foundation/ids.ts";
import { Fault } from "../foundation/fault.ts";
import type { Connection, Parcel } from "../link/connection.ts";
import {
  calls,
  type EnvironmentSpec,
  type EnvironmentTransition,
  type Hello,
  type InvocationHeader,
  type InvocationResult,
  notices,
  type Preparation,
  type ReportedEnvironment,
  type WorkerLoadReport,
} from "../link/messages.ts";
import { type CodeCache, type CodeImages, createCodeCache } from "./code/code-cache.ts";
import { type CompiledPackages, createCompiledPackages } from "./compiled/compiled.ts";
import { createEnvironment, type Environment } from "./environments/environment.ts";
import { createEnvironmentLog, type EnvironmentLog } from "./environments/environment-log.ts";
import { bootPlan, commandsOf, startVariables } from "./launch-plan.ts";
import { createPools, type Pools } from "./pools/pools.ts";
import type { Prepared, RootFilesystems } from "./rootfs/rootfs.ts";
import type { RuntimeApi } from "./runtime-api/runtime-api.ts";
import type { Sandbox, SandboxDriver } from "./sandboxes/sandbox-driver.ts";

const EMPTY = Buffer.alloc(0);
const UNDELIVERED: InvocationResult = {
  functionError: undefined,
  logTail: undefined,
  environmentGone: true,
  isUndelivered: true,
};
const UNUSED_CODE_BYTES_MAX = 1 << 30;
const REPORT_EVERY_MS = 1_000;
/** Idle environments whose memory is looked at for one report. */
const LOOKED_AT_MAX = 32;

/** What a worker stands on, as its sandbox driver brings it. Disposal closes it, after the worker has stopped. */
export interface WorkerGround extends AsyncDisposable {
  readonly driver: SandboxDriver;
  readonly rootFilesystems: RootFilesystems;
  readonly runtimeApi: RuntimeApi;
  /** Where environments reach the AWS endpoint; undefined where they share the host's network. */
  readonly serviceAddress: string | undefined;
  /** Seen by function code as AWS_ENDPOINT_URL. */
  readonly endpointUrl: string;
  /** Where unpacked code lies. */
  readonly codeDirectory: string;
  /** Where compiled code lies; undefined where environments can't be shown it. */
  readonly compiledDirectory: string | undefined;
}

/** What of a machine one of its workers may use. */
export interface WorkerShare {
  /** Of the machine's memory, all together. */
  readonly memoryMiB: number;
  readonly cores: number;
  /** Workers that share the machine. */
  readonly workers: number;
}

/** What a worker is made of. */
export interface WorkerDeps {
  readonly clock: Clock;
  readonly ground: WorkerGround;
  /** What keeps environments apart, in words. */
  readonly isolation: string;
  readonly workerId: string;
  /** Sandboxes that may be made ahead of need; 0: none. */
  readonly pooledMax: number;
  /** Which packages become read-only images; undefined: none. */
  readonly codeImages: CodeImages | undefined;
  /** The worker's part of its machine. */
  readonly share: WorkerShare;
  readonly onFault: (error: unknown) => void;
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

type Ready = Extract<Prepared, { ready: true }>;

interface Live {
  readonly environment: Environment;
  readonly log: EnvironmentLog;
  readonly sandbox: Sandbox;
  readonly bornAtMs: number;
}

/** Idle and Busy follow each other with every invocation, which services see for themselves. */
function isNews({ from, to }: EnvironmentTransition): boolean {
  const isTurn = (state: string): boolean => state === "Idle" || state === "Busy";
  return !(isTurn(from) && isTurn(to));
}

/** An environment as services that have just started need to know it. */
function reportOf(environment: Environment, bornAtMs: number): ReportedEnvironment {
  const { environmentId, deploymentId, initializationType, qualifier, memoryMiB, codeSha256 } = environment.spec;
  const isBusy = environment.isBusy();
  return { environmentId, deploymentId, isBusy, bornAtMs, initializationType, qualifier, memoryMiB, codeSha256 };
}

/** The most that some of the idle environments have used, on average: what idle ones hold at most. */
function idleEachMiB(all: Iterable<Live>): number | undefined {
  let bytes = 0;
  let seen = 0;
  for (const { environment, sandbox } of all) {
    if (environment.isBusy()) continue;
    bytes += sandbox.peakMemoryBytes();
    if (++seen >= LOOKED_AT_MAX) break;
  }
  return seen === 0 ? undefined : Math.ceil(bytes / seen / 1_048_576);
}

/** A worker with no environments and no link yet. */
export function createWorker(deps: WorkerDeps): Worker {
  return new LiveWorker(deps);
}

class LiveWorker implements Worker {
  readonly #deps: WorkerDeps;
  readonly #live = new Map<string, Live>();
  readonly #code: CodeCache;
  readonly #pools: Pools;
  readonly #compiled: CompiledPackages | undefined;
  #connection: Connection | undefined;
  #nextReport: Timer | undefined;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    this.#code = createCodeCache({
      directory: deps.ground.codeDirectory,
      fetch: async (sha256) => (await this.#services().call(calls.fetchCode, { sha256 })).body,
      unusedBytesMax: UNUSED_CODE_BYTES_MAX,
      images: deps.codeImages,
      onFault: deps.onFault,
    });
    this.#pools = createPools({
      clock: deps.clock,
      driver: deps.ground.driver,
      sandboxesMax: deps.pooledMax,
      makingMax: Math.max(2, availableParallelism()),
      onPooled: (it) => this.#connection?.notify(notices.pooled, it),
      onFault: deps.onFault,
    });
    this.#compiled = this.#createCompiled();
  }

  #createCompiled(): CompiledPackages | undefined {
    const { clock, ground } = this.#deps;
    const { compiledDirectory: directory, driver } = ground;
    if (directory === undefined) return undefined;
    const makeSandbox = (rootfs: string): Promise<Sandbox> =>
      driver.create({ id: newHex(8), rootfs, isBackground: true });
    return createCompiledPackages({ clock, directory, makeSandbox });
  }

  async onCall(method: string, { header, body }: Parcel): Promise<Parcel> {
    switch (method) {
      case calls.startEnvironment:
        return await this.#startEnvironment(header as EnvironmentSpec);
      case calls.invoke:
        return await this.#invoke(header as InvocationHeader, body);
      case calls.stopEnvironment:
        return await this.#stopEnvironment((header as { environmentId: string }).environmentId);
      case calls.prepare:
        return { header: await this.#prepare(header as Preparation), body: EMPTY };
      case calls.drain:
        await Promise.all([...this.#live.values()].map(({ log }) => log.flush()));
        return { header: {}, body: EMPTY };
      default:
        throw new Fault(`no call named ${method}`);
    }
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    const hello: Hello = {
      workerId: this.#deps.workerId,
      driver: this.#deps.ground.driver.name,
      isolation: this.#deps.isolation,
      serviceAddress: this.#deps.ground.serviceAddress,
      memoryMiB: this.#deps.share.memoryMiB,
      cores: this.#deps.share.cores,
      environments: [...this.#live.values()].map(({ environment, bornAtMs }) => reportOf(environment, bornAtMs)),
    };
    connection.notify(notices.hello, hello);
    this.#reportLoad();
  }

  detach(): void {
    this.#connection = undefined;
    this.#nextReport?.[Symbol.dispose]();
  }

  /** Tells what memory is left, now and every second while there is a link. */
  #reportLoad(): void {
    const { clock, share } = this.#deps;
    this.#nextReport?.[Symbol.dispose]();
    const load: WorkerLoadReport = {
      availableMiB: Math.floor(freemem() / 1_048_576 / share.workers),
      environments: this.#live.size,
      idleEachMiB: idleEachMiB(this.#live.values()),
    };
    this.#connection?.notify(notices.load, load);
    this.#nextReport = clock.after(REPORT_EVERY_MS, () => this.#reportLoad());
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.#pools[Symbol.asyncDispose](),
      ...[...this.#live.values()].map(({ environment }) => environment.stop()),
    ]);
    this.#live.clear();
  }

  #services(): Connection {
    if (this.#connection === undefined) throw new Fault("no link to services");
    return this.#connection;
  }

  /** Makes a function's runtime and code ready, and lets the pools expect it: all of it before its first start. */
  async #prepare(preparation: Preparation): Promise<Prepared> {
    const prepared = await this.#deps.ground.rootFilesystems.prepare(preparation.runtime);
    if (!prepared.ready) return prepared;
    this.#pools.expect({ rootfs: prepared.rootfs, bootPlan: bootPlan(preparation, prepared) });
    // What fails here the first start tries again, and says so if it can't be.
    await this.#compile(preparation, prepared).catch(this.#deps.onFault);
    return prepared;
  }

  /** Unpacks a package and compiles it, where that has not been done. */
  async #compile(of: Preparation | EnvironmentSpec, prepared: Ready): Promise<void> {
    using code = await this.#code.acquire(of.codeSha256);
    const { codeSha256, handler } = of;
    const { rootfs, start, runtimeDirectory } = prepared;
    const [command = []] = commandsOf(of, start);
    await this.#compiled?.compile({
      codeSha256,
      rootfs,
      command,
      kind: start.kind,
      codeDirectory: code.directory,
      runtimeDirectory,
      handler,
      environment: startVariables(of.environment),
    });
  }

  async #startEnvironment(spec: EnvironmentSpec): Promise<Parcel> {
    const { clock, ground } = this.#deps;
    const { rootFilesystems, runtimeApi } = ground;
    await using stack = new AsyncDisposableStack();
    const startedMs = clock.elapsedMs();
    const asker = this.#connection;
    const prepared = await rootFilesystems.prepare(spec.runtime);
    if (!prepared.ready) throw new Fault(prepared.reason);
    let codeMs = 0;
    const acquiring = this.#code.acquire(spec.codeSha256).then((it) => {
      codeMs = clock.elapsedMs() - startedMs;
      return stack.use(it);
    });
    const taking = this.#pools.take({ rootfs: prepared.rootfs, bootPlan: bootPlan(spec, prepared) }).then((it) => {
      stack.use(it.sandbox);
      return it;
    });
    // Both to their end, so that what one took is given back when the other fails.
    await Promise.allSettled([acquiring, taking]);
    // Services that have joined anew were told of what there was, which this is no part of.
    if (this.#connection !== asker) throw new Fault("who asked for it is gone");
    const [code, { sandbox, poolLevel, poolMiss }] = await Promise.all([acquiring, taking]);
    const takenMs = clock.elapsedMs();
    const log = createEnvironmentLog(clock, spec, {
      send: async (batch) => void (await this.#services().call(calls.logs, batch)),
      onFull: (isFull) => sandbox.pauseOutput(isFull),
    });
    if (prepared.note !== undefined) log.platform({ type: "note", text: prepared.note });
    const commands = commandsOf(spec, prepared.start);
    const { rootfs } = prepared;
    const compiledDirectory = this.#compiled?.find({ codeSha256: spec.codeSha256, rootfs, command: commands[0] ?? [] });
    const { environmentId: id, memoryMiB, ephemeralStorageMiB } = spec;
    sandbox.specialise({ memoryMiB, ephemeralStorageMiB }, log);
    const madeMs = poolLevel === 0 ? sandbox.phasesMs : {};
    const phasesMs = { code: codeMs, ...madeMs, specialise: clock.elapsedMs() - takenMs };
    const resources = stack.move();
    const environment = createEnvironment(spec, {
      clock,
      sandbox,
      log,
      runtimeApi,
      origin: { phasesMs, poolLevel, poolMiss },
      launch: {
        codeDirectory: code.directory,
        compiledDirectory,
        runtimeDirectory: prepared.runtimeDirectory,
        commands,
        environment: {
          ...prepared.environment,
          ...spec.environment,
          AWS_LAMBDA_RUNTIME_API: sandbox.runtimeApi,
          AWS_ENDPOINT_URL: ground.endpointUrl,
          _LAMBDA_TELEMETRY_LOG_FD: "5",
        },
      },
      onTransition: (it) => this.#tell(it, resources),
      onGone: () => this.#connection?.notify(notices.environmentGone, { environmentId: id }),
    });
    this.#live.set(id, { environment, log, sandbox, bornAtMs: clock.nowMs() });
    const started = await environment.initialise();
    // Published on another worker, or before this one started: from its second environment on, it is compiled here too.
    if (compiledDirectory === undefined) this.#compile(spec, prepared).catch(this.#deps.onFault);
    return { header: started, body: EMPTY };
  }

  #tell(transition: EnvironmentTransition, resources: AsyncDisposableStack): void {
    if (isNews(transition)) this.#connection?.notify(notices.transition, transition);
    if (transition.to !== "Gone") return;
    this.#live.delete(transition.environmentId);
    resources.disposeAsync().catch(this.#deps.onFault);
  }

  async #invoke(header: InvocationHeader, event: Buffer): Promise<Parcel> {
    const live = this.#live.get(header.environmentId);
    // It ended between two invocations, and services had not heard of it yet.
    if (live === undefined || live.environment.isBusy()) return { header: UNDELIVERED, body: EMPTY };
    this.#pools.noteWork();
    const { result, body } = await live.environment.invoke(header, event);
    return { header: result, body };
  }

  async #stopEnvironment(environmentId: string): Promise<Parcel> {
    await this.#live.get(environmentId)?.environment.stop();
    return { header: {}, body: EMPTY };
  }
}
