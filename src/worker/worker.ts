// The worker's door: answers what services ask over the link, with environments made by one sandbox driver.
import { freemem } from "node:os";
import type { Clock, Timer } from "../foundation/clock.ts";
import { Fault } from "../foundation/fault.ts";
import type { Connection, Parcel, Parts } from "../link/connection.ts";
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
import type { CodeImages } from "./code/code-cache.ts";
import { createEnvironment, type Environment } from "./environments/environment.ts";
import { createEnvironmentLog, type EnvironmentLog } from "./environments/environment-log.ts";
import type { Sandbox } from "./sandboxes/sandbox-driver.ts";
import { createStarts, type Starts } from "./starts.ts";
import type { WorkerGround } from "./worker-ground.ts";

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
  readonly #starts: Starts;
  #connection: Connection | undefined;
  #nextReport: Timer | undefined;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    const { clock, ground, pooledMax, codeImages, onFault } = deps;
    this.#starts = createStarts({
      clock,
      ground,
      pooledMax,
      codeImages,
      localCode: deps.localCode,
      onCodeChanged: (localPath) => this.#connection?.notify(notices.codeChanged, { localPath }),
      fetchCode: async (sha256) => (await this.#services().call(calls.fetchCode, { sha256 })).body,
      onPooled: (it) => this.#connection?.notify(notices.pooled, it),
      onFault,
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
      this.#starts[Symbol.asyncDispose](),
      ...[...this.#live.values()].map(({ environment }) => environment.stop()),
    ]);
    this.#live.clear();
  }

  #services(): Connection {
    if (this.#connection === undefined) throw new Fault("no link to services");
    return this.#connection;
  }

  async #startEnvironment(spec: EnvironmentSpec): Promise<Parcel> {
    const { clock, ground } = this.#deps;
    const { environmentId: id, memoryMiB, ephemeralStorageMiB } = spec;
    const asker = this.#connection;
    const { sandbox, launch, origin, note, resources } = await this.#starts.begin(spec);
    await using stack = resources.move();
    // Services that have joined anew were told of what there was, which this is no part of.
    if (this.#connection !== asker) throw new Fault("who asked for it is gone");
    const log = createEnvironmentLog(clock, spec, {
      send: async (batch) => void (await this.#services().call(calls.logs, batch)),
      onFull: (isFull) => sandbox.pauseOutput(isFull),
    });
    if (note !== undefined) log.platform({ type: "note", text: note });
    const beforeMs = clock.elapsedMs();
    sandbox.specialise({ memoryMiB, ephemeralStorageMiB }, log);
    const phasesMs = { ...origin.phasesMs, specialise: clock.elapsedMs() - beforeMs };
    const held = stack.move();
    const environment = createEnvironment(spec, {
      clock,
      sandbox,
      log,
      apis: ground.apis,
      origin: { ...origin, phasesMs },
      launch,
      onTransition: (it) => this.#tell(it, held),
      onGone: () => this.#connection?.notify(notices.environmentGone, { environmentId: id }),
    });
    this.#live.set(id, { environment, log, sandbox, bornAtMs: clock.nowMs() });
    return { header: await environment.initialise(), body: EMPTY };
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

  async #stopEnvironment(environmentId: string): Promise<Parcel> {
    await this.#live.get(environmentId)?.environment.stop();
    return { header: {}, body: EMPTY };
  }
}
