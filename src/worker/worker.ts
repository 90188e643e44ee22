// The worker's door: answers what services ask over the link, with environments made by one sandbox driver.
import { freemem } from "node:os";
import type { Clock, Timer } from "../foundation/clock.ts";
import { Fault } from "../foundation/fault.ts";
import type { Connection, Parcel, Parts } from "../link/connection.ts";
import {
  calls,
  type EnvironmentSpec,
  type EnvironmentStarted,
  type EnvironmentTransition,
  type Hello,
  type InvocationHeader,
  type InvocationResult,
  notices,
  type Preparation,
  type ReportedEnvironment,
  type WorkerLoadReport,
} from "../link/messages.ts";
import { parseTraceHeader } from "../model/trace-header.ts";
import type { CodeImages } from "./code/code-cache.ts";
import { createEnvironment, type Environment } from "./environments/environment.ts";
import { createEnvironmentLog, type EnvironmentLog } from "./environments/environment-log.ts";
import { createMovableLog, type MovableLog } from "./movable-log.ts";
import type { Sandbox } from "./sandboxes/sandbox-driver.ts";
import { type Kept, Snapshots } from "./snapshots.ts";
import { createStarts, type Starts } from "./starts.ts";
import type { WorkerGround } from "./worker-ground.ts";
import type { SegmentOwner } from "./xray-daemon/xray-daemon.ts";

const EMPTY = Buffer.alloc(0);
const UNDELIVERED: InvocationResult = {
  functionError: undefined,
  errorType: undefined,
  logTail: undefined,
  environmentGone: true,
  isUndelivered: true,
};
const REPORT_EVERY_MS = 1_000;
/** Idle environments whose memory is looked at for one report. */
const LOOKED_AT_MAX = 32;

/** What of a machine one of its workers may use. */
export interface WorkerShare {
  /** Of the machine's memory, all together. */
  readonly memoryMiB: number;
  readonly cores: number;
  /** Workers that share the machine. */
  readonly workers: number;
}

/** Whether something could be initialised ahead. */
type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

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
  /** Directories that code may be run from where it lies. */
  readonly localCode: readonly string[];
  /** Where Hearth's own registry listens. */
  readonly registryPort: number;
  /** The worker's part of its machine. */
  readonly share: WorkerShare;
  readonly onFault: (error: unknown) => void;
}

/** A worker. It outlives its link to services and goes on with another. */
export interface Worker {
  onCall(method: string, parcel: Parcel, parts: Parts): Promise<Parcel>;
  /** From now on this link is the way to services. */
  attach(connection: Connection): void;
  detach(): void;
  /** Ends every environment. */
  stop(): Promise<void>;
}

interface Live extends Kept {
  /** The trace header of its invocation, or its last. */
  traceHeader: string;
  readonly environment: Environment;
  readonly log: MovableLog;
  readonly sandbox: Sandbox;
  readonly bornAtMs: number;
}

/** What the start of one that was initialised ahead has taken before its restore. */
const RESTORED: EnvironmentStarted = { initialised: true, phasesMs: {}, poolLevel: 2, poolMiss: undefined };

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

/** What some of the idle environments hold, on average. */
function idleEachMiB(all: Iterable<Live>): number | undefined {
  let bytes = 0;
  let seen = 0;
  for (const { environment, sandbox } of all) {
    if (environment.isBusy()) continue;
    bytes += sandbox.memoryBytes();
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
  readonly #byIdentity = new Map<string, Environment>();
  readonly #starts: Starts;
  readonly #snapshots: Snapshots<Live>;
  #connection: Connection | undefined;
  #nextReport: Timer | undefined;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    const { clock, ground, pooledMax, codeImages, onFault } = deps;
    this.#snapshots = new Snapshots(clock, onFault);
    this.#starts = createStarts({
      clock,
      ground,
      pooledMax,
      codeImages,
      localCode: deps.localCode,
      registryPort: deps.registryPort,
      services: () => this.#services(),
      onCodeChanged: (localPath) => this.#connection?.notify(notices.codeChanged, { localPath }),
      fetchCode: async (sha256) => (await this.#services().call(calls.fetchCode, { sha256 })).body,
      onPooled: (it) => this.#connection?.notify(notices.pooled, it),
      onFault,
    });
    ground.xRay.serve({
      ownerOf: (address, traceId) => this.#ownerOf(address, traceId),
      send: (batch) => this.#connection?.notify(notices.segments, batch),
    });
  }

  async onCall(method: string, { header, body }: Parcel, parts: Parts): Promise<Parcel> {
    switch (method) {
      case calls.startEnvironment:
        return await this.#startEnvironment(header as EnvironmentSpec);
      case calls.invoke:
        return await this.#invoke(header as InvocationHeader, body, parts);
      case calls.stopEnvironment:
        return await this.#stopEnvironment((header as { environmentId: string }).environmentId);
      case calls.prepare:
        return { header: await this.#starts.prepare(header as Preparation), body: EMPTY };
      case calls.snapshot:
        return { header: await this.#snapshot(header as EnvironmentSpec), body: EMPTY };
      case calls.dropSnapshots:
        this.#snapshots.drop((header as { deploymentIds: readonly string[] }).deploymentIds);
        return { header: {}, body: EMPTY };
      case calls.drain:
        await Promise.all([...this.#live.values()].map(({ log }) => log.current().flush()));
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
    // Whoever comes next knows nothing of them, and could not let them go with their functions.
    this.#snapshots.stop().catch(this.#deps.onFault);
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
      pooled: this.#starts.pooled(),
    };
    this.#connection?.notify(notices.load, load);
    this.#snapshots.expire();
    this.#nextReport = clock.after(REPORT_EVERY_MS, () => this.#reportLoad());
  }

  async stop(): Promise<void> {
    const ended = await Promise.allSettled([
      this.#starts[Symbol.asyncDispose](),
      this.#snapshots.stop(),
      ...[...this.#live.values()].map(({ environment }) => environment.stop()),
    ]);
    // One that can't be ended keeps nobody from ending the others.
    for (const it of ended) if (it.status === "rejected") this.#deps.onFault(it.reason);
    this.#live.clear();
  }

  #services(): Connection {
    if (this.#connection === undefined) throw new Fault("no link to services");
    return this.#connection;
  }

  async #startEnvironment(spec: EnvironmentSpec): Promise<Parcel> {
    const { environmentId, deploymentId, initializationType } = spec;
    const isRestored = initializationType === "snap-start";
    const ahead = isRestored ? this.#snapshots.take(deploymentId) : undefined;
    const live = ahead ?? (await this.#make(spec));
    this.#live.set(environmentId, live);
    const started = ahead === undefined ? await live.environment.initialise() : RESTORED;
    const header = isRestored && started.initialised ? await this.#restore(live, spec, started) : started;
    return { header, body: EMPTY };
  }

  /** What has been initialised, a moment or a long time ago, becomes the environment that was asked for. */
  async #restore(live: Live, spec: EnvironmentSpec, started: EnvironmentStarted): Promise<EnvironmentStarted> {
    const { clock } = this.#deps;
    const beforeMs = clock.elapsedMs();
    if (started === RESTORED) live.log.target(this.#logOf(spec, live.sandbox));
    const restoreFailure = await live.environment.restore(spec, live.log.current());
    const phasesMs = { ...started.phasesMs, restore: clock.elapsedMs() - beforeMs };
    return { ...started, phasesMs, ...(restoreFailure === undefined ? {} : { restoreFailure }) };
  }

  /** Initialises one ahead; an initialisation that fails is told, and nothing is kept of it. */
  async #snapshot(spec: EnvironmentSpec): Promise<Readiness> {
    if (this.#snapshots.has(spec.deploymentId)) return { ready: true };
    const live = await this.#make(spec);
    const { initialised } = await live.environment.initialise();
    if (initialised) {
      this.#snapshots.keep(spec.deploymentId, live);
      return { ready: true };
    }
    await live.environment.stop();
    return {
      ready: false,
      reason: "The function's initialisation failed while its snapshot was taken; its log says why.",
    };
  }

  #logOf(spec: EnvironmentSpec, sandbox: Sandbox): EnvironmentLog {
    return createEnvironmentLog(this.#deps.clock, spec, {
      send: async (batch) => void (await this.#services().call(calls.logs, batch)),
      onFull: (isFull) => sandbox.pauseOutput(isFull),
    });
  }

  async #make(spec: EnvironmentSpec): Promise<Live> {
    const { clock, ground } = this.#deps;
    const { memoryMiB, ephemeralStorageMiB } = spec;
    const asker = this.#connection;
    const { sandbox, launch, origin, note, resources } = await this.#starts.begin(spec);
    await using stack = resources.move();
    // Services that have joined anew were told of what there was, which this is no part of.
    if (this.#connection !== asker) throw new Fault("who asked for it is gone");
    const log = createMovableLog(this.#logOf(spec, sandbox));
    if (note !== undefined) log.current().platform({ type: "note", text: note });
    const beforeMs = clock.elapsedMs();
    sandbox.specialise({ memoryMiB, ephemeralStorageMiB }, log);
    const phasesMs = { ...origin.phasesMs, specialise: clock.elapsedMs() - beforeMs };
    const held = stack.move();
    const environment: Environment = createEnvironment(spec, {
      clock,
      sandbox,
      log: log.current(),
      apis: ground.apis,
      origin: { ...origin, phasesMs },
      launch,
      onTransition: (it) => {
        if (it.to === "Gone") this.#byIdentity.delete(sandbox.identity);
        this.#tell(it, held);
      },
      onGone: () => {
        this.#snapshots.forget(live);
        this.#connection?.notify(notices.environmentGone, { environmentId: environment.spec.environmentId });
      },
    });
    this.#byIdentity.set(sandbox.identity, environment);
    const live: Live = {
      traceHeader: "",
      environment,
      log,
      sandbox,
      bornAtMs: clock.nowMs(),
      stop: () => environment.stop(),
    };
    return live;
  }

  #tell(transition: EnvironmentTransition, resources: AsyncDisposableStack): void {
    if (isNews(transition)) this.#connection?.notify(notices.transition, transition);
    if (transition.to !== "Gone") return;
    this.#live.delete(transition.environmentId);
    resources.disposeAsync().catch(this.#deps.onFault);
  }

  async #invoke(header: InvocationHeader, event: Buffer, parts: Parts): Promise<Parcel> {
    const live = this.#live.get(header.environmentId);
    // It ended between two invocations, and services had not heard of it yet.
    if (live === undefined || live.environment.isBusy()) return { header: UNDELIVERED, body: EMPTY };
    this.#starts.noteWork();
    live.traceHeader = header.traceId;
    const sink = {
      write: (chunk: Buffer) => parts.send({ header: undefined, body: chunk }),
      onRoom: (listener: () => void) => parts.onRoom(listener),
    };
    const { result, body } = await live.environment.invoke(header, event, {
      sink: header.wantsStream ? sink : undefined,
      answer: (ahead, response) => void parts.send({ header: ahead, body: response }),
    });
    return { header: result, body };
  }

  /** By its address; environments that share the machine's are told by the trace that they are in. */
  #ownerOf(address: string, traceId: () => string | undefined): SegmentOwner | undefined {
    if (this.#deps.ground.serviceAddress !== undefined) return this.#byIdentity.get(address)?.spec;
    const wanted = traceId();
    for (const { environment, traceHeader } of this.#live.values())
      if (wanted !== undefined && parseTraceHeader(traceHeader).root === wanted) return environment.spec;
    return undefined;
  }

  async #stopEnvironment(environmentId: string): Promise<Parcel> {
    await this.#live.get(environmentId)?.environment.stop();
    return { header: {}, body: EMPTY };
  }
}
