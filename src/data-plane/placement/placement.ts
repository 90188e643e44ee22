// The placement service: which workers there are, which one gets a new environment, and who waits for room.
import type { Clock, Timer } from "../../foundation/clock.ts";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { Connection } from "../../link/connection.ts";
import type { Hello, WorkerLoadReport } from "../../link/messages.ts";
import { ServiceException } from "../../model/operation.ts";
import { chooseToMakeRoom, chooseWorker, fits, type Need, usedMiB } from "./choose-worker.ts";
import { type RecordGround, type Reservation, WorkerRecord } from "./worker-record.ts";
import { type AnswerAhead, type Worker, type WorkerAnswer, workerOver } from "./worker-over.ts";

export type { AnswerAhead, Need, Reservation, Worker, WorkerAnswer };

/** A wish for room. */
export interface PlaceRequest extends Need {
  readonly environmentId: string;
  /** Called at once for each idle environment that has to go for this one: it is not counted from then on. */
  readonly evict: (environmentId: string) => void;
}

/** Room that was found. */
export interface Placed {
  readonly reservation: Reservation;
  /** How long there was none. */
  readonly waitedMs: number;
}

/** A worker with what it holds, as `hearth status` shows it. */
export interface WorkerSummary {
  readonly hello: Hello;
  readonly usedMiB: number;
  /** Sizes of the environments that are idle. */
  readonly idleMiB: number;
  readonly environments: number;
  /** Environments that the worker itself counted last, about a second ago at most; undefined before its first report. */
  readonly reportedEnvironments: number | undefined;
  /** Whether it gets new environments. */
  readonly isOpen: boolean;
}

/** The workers, from whichever have joined. */
export interface Placement {
  join(hello: Hello, connection: Connection): Worker;
  /** Takes a worker in, whatever is behind it. It gets nothing until it is open. */
  take(worker: Worker): void;
  /** What the worker had is counted: it gets new environments from now on. */
  open(worker: Worker): void;
  has(worker: Worker): boolean;
  leave(worker: Worker): void;
  /** What a worker says of its memory. */
  report(worker: Worker, load: WorkerLoadReport): void;
  /** The worker gets nothing new from now on; undefined when there is none of that id. */
  drain(workerId: string): Worker | undefined;
  /** Room for a new environment; waits for some, bounded. Rejects with ServiceException when none was found in time. */
  place(request: PlaceRequest, signal: AbortSignal): Promise<Placed>;
  /** Counts an environment that a worker already has. */
  reserve(worker: Worker, environmentId: string, need: Need): Reservation | undefined;
  /** Some worker; waits for one to join. */
  anyWorker(signal: AbortSignal): Promise<Worker>;
  workers(): readonly Worker[];
  list(): readonly WorkerSummary[];
}

/** What the service stands on. `random` gives numbers in [0, 1). */
export interface PlacementDeps {
  readonly clock: Clock;
  readonly random: () => number;
}

/** How long room is waited for on workers that are full, and how long where there is no worker at all. */
export const ROOM_WAIT_MS = 10_000;
export const WORKER_WAIT_MS = 60_000;
/** Of more workers than these, as many are drawn and compared, since looking at all costs more than it gains. */
const COMPARED_MAX = 32;
const CODE_REMEMBERED_MAX = 100_000;

function noCapacity(): ServiceException {
  return new ServiceException({
    code: "ServiceException",
    status: 500,
    message: "An error occurred and the request cannot be processed.",
    messageMember: "Message",
  });
}

interface Waiting {
  readonly request: PlaceRequest;
  readonly sinceMs: number;
  readonly deferred: Deferred<Placed>;
}

/** Placement without any worker yet. */
export function createPlacement(deps: PlacementDeps): Placement {
  return new Workers(deps);
}

class Workers implements Placement {
  readonly #deps: PlacementDeps;
  readonly #records = new Map<Worker, WorkerRecord>();
  #all: readonly WorkerRecord[] = [];
  /** First come, first placed. */
  readonly #waiting = new Set<Waiting>();
  readonly #forAny = new Set<Deferred<Worker>>();
  /** Workers by the package that was started there last. */
  readonly #withCode = new Map<string, WorkerRecord>();
  /** By id, since a worker may leave and join anew. */
  readonly #drained = new Set<string>();
  readonly #ground: RecordGround = { onRoom: () => this.#serveWaiting(), idleCount: 0 };
  #isServing = false;

  constructor(deps: PlacementDeps) {
    this.#deps = deps;
  }

  join(hello: Hello, connection: Connection): Worker {
    const worker = workerOver(hello, connection);
    this.take(worker);
    return worker;
  }

  take(worker: Worker): void {
    this.#records.set(worker, new WorkerRecord(worker, this.#ground));
    this.#all = [...this.#records.values()];
    for (const deferred of this.#forAny) deferred.resolve(worker);
  }

  open(worker: Worker): void {
    const record = this.#records.get(worker);
    if (record !== undefined) record.isOpen = !this.#drained.has(worker.hello.workerId);
    this.#serveWaiting();
  }

  has(worker: Worker): boolean {
    return this.#records.has(worker);
  }

  leave(worker: Worker): void {
    this.#records.delete(worker);
    this.#all = [...this.#records.values()];
    for (const [code, record] of this.#withCode) if (record.worker === worker) this.#withCode.delete(code);
  }

  report(worker: Worker, load: WorkerLoadReport): void {
    this.#records.get(worker)?.report(load);
  }

  drain(workerId: string): Worker | undefined {
    const record = this.#all.find((it) => it.worker.hello.workerId === workerId);
    if (record === undefined) return undefined;
    record.isOpen = false;
    this.#drained.add(workerId);
    return record.worker;
  }

  async place(request: PlaceRequest, signal: AbortSignal): Promise<Placed> {
    signal.throwIfAborted();
    const reservation = this.#waiting.size === 0 ? this.#try(request) : undefined;
    if (reservation !== undefined) return { reservation, waitedMs: 0 };
    return await this.#wait(request, signal);
  }

  reserve(worker: Worker, environmentId: string, need: Need): Reservation | undefined {
    return this.#records.get(worker)?.reserve(environmentId, need, false);
  }

  async anyWorker(signal: AbortSignal): Promise<Worker> {
    const [first] = this.#all;
    if (first !== undefined) return first.worker;
    return await until(createDeferred<Worker>(), this.#forAny, signal);
  }

  workers(): readonly Worker[] {
    return this.#all.map((it) => it.worker);
  }

  list(): readonly WorkerSummary[] {
    return this.#all.map((it) => ({
      hello: it.worker.hello,
      usedMiB: Math.round(usedMiB(it)),
      idleMiB: it.idleMiB,
      environments: it.environments,
      reportedEnvironments: it.reportedEnvironments,
      isOpen: it.isOpen,
    }));
  }

  /** All workers, or so many of them drawn by chance, and the one that started this package last. */
  *#candidates(need: Need): Generator<WorkerRecord, void> {
    if (this.#all.length <= COMPARED_MAX) return yield* this.#all;
    const withCode = this.#withCode.get(need.codeSha256);
    if (withCode !== undefined) yield withCode;
    for (let drawn = 0; drawn < COMPARED_MAX; drawn++) {
      const it = this.#all[Math.floor(this.#deps.random() * this.#all.length)];
      if (it !== undefined) yield it;
    }
  }

  #try(request: PlaceRequest): Reservation | undefined {
    // Nothing is ended for it while any worker has room: what looking at all of them costs is less than a cold start.
    const record =
      chooseWorker(this.#candidates(request), request) ??
      (this.#all.length > COMPARED_MAX ? chooseWorker(this.#all, request) : undefined) ??
      this.#makeRoomOn(chooseToMakeRoom(this.#all, request), request);
    if (record === undefined) return undefined;
    if (this.#all.length > COMPARED_MAX) this.#rememberCode(request.codeSha256, record);
    return record.reserve(request.environmentId, request, true);
  }

  #rememberCode(sha256: string, record: WorkerRecord): void {
    this.#withCode.delete(sha256);
    this.#withCode.set(sha256, record);
    const [oldest] = this.#withCode.keys();
    if (this.#withCode.size > CODE_REMEMBERED_MAX && oldest !== undefined) this.#withCode.delete(oldest);
  }

  /** Ends the least recently used idle environments of one worker until it can take the new one. */
  #makeRoomOn(record: WorkerRecord | undefined, request: PlaceRequest): WorkerRecord | undefined {
    while (record !== undefined && !fits(record, request)) {
      const idle = record.leastRecentlyUsed();
      if (idle === undefined) return undefined;
      idle[Symbol.dispose]();
      request.evict(idle.environmentId);
    }
    return record;
  }

  #serveWaiting(): void {
    // Making room for one gives room: what is under way goes on with it.
    if (this.#isServing || this.#waiting.size === 0) return;
    this.#isServing = true;
    try {
      this.#serveInOrder();
    } finally {
      this.#isServing = false;
    }
  }

  #serveInOrder(): void {
    for (const waiting of this.#waiting) {
      const reservation = this.#try(waiting.request);
      if (reservation === undefined) return;
      this.#waiting.delete(waiting);
      waiting.deferred.resolve({ reservation, waitedMs: this.#deps.clock.elapsedMs() - waiting.sinceMs });
    }
  }

  async #wait(request: PlaceRequest, signal: AbortSignal): Promise<Placed> {
    const { clock } = this.#deps;
    const waiting: Waiting = { request, sinceMs: clock.elapsedMs(), deferred: createDeferred<Placed>() };
    let timer: Timer | undefined;
    // At once: room that comes free in the same moment must not go to one who is no longer there.
    const fail = (error: Error): void => {
      this.#waiting.delete(waiting);
      waiting.deferred.reject(error);
      this.#serveWaiting();
    };
    const giveUp = (): void => {
      const leftMs = waiting.sinceMs + WORKER_WAIT_MS - clock.elapsedMs();
      if (this.#all.length > 0 || leftMs <= 0) fail(noCapacity());
      else timer = clock.after(Math.min(leftMs, ROOM_WAIT_MS), giveUp);
    };
    timer = clock.after(ROOM_WAIT_MS, giveUp);
    this.#waiting.add(waiting);
    const abort = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await waiting.deferred.promise;
    } finally {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", abort);
    }
  }
}

/** Waits among others until the deferred is resolved, or the signal aborts. */
async function until<T>(deferred: Deferred<T>, among: Set<Deferred<T>>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const abort = (): void => deferred.reject(signal.reason as Error);
  among.add(deferred);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await deferred.promise;
  } finally {
    among.delete(deferred);
    signal.removeEventListener("abort", abort);
  }
}
