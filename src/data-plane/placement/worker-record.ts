// What placement keeps of one worker: reservations of room, counted as they change, and what the worker last reported.
import type { WorkerLoadReport } from "../../link/messages.ts";
import { type Need, startMiB, type WorkerLoad } from "./choose-worker.ts";
import type { Worker } from "./worker-over.ts";

/** Packages that a worker is remembered to have; it may have let go of some. */
const CODE_REMEMBERED_MAX = 4096;

/** Room on a worker for one environment, from before its start until its end. Disposing twice is harmless. */
export interface Reservation extends Disposable {
  readonly worker: Worker;
  readonly environmentId: string;
  /** Its initialisation has ended. */
  initialised(): void;
  busy(): void;
  /** It works no longer; whether it may be ended for others' sake. */
  idle(isEvictable: boolean): void;
}

/** What all workers' records share: who is told of room, and a count of what became idle. */
export interface RecordGround {
  readonly onRoom: () => void;
  idleCount: number;
}

/** One worker. Its figures are changed in place: every invoke changes them twice. */
export class WorkerRecord implements WorkerLoad {
  readonly worker: Worker;
  readonly capacityMiB: number;
  readonly cores: number;
  busyMiB = 0;
  idleMiB = 0;
  idle = 0;
  evictableMiB = 0;
  initialising = 0;
  environments = 0;
  isOpen = false;
  idleEachMiB: number | undefined;
  availableMiB: number | undefined;
  pooled: WorkerLoadReport["pooled"] | undefined;
  reportedEnvironments: number | undefined;
  startedSinceMiB = 0;
  readonly #code = new Set<string>();
  /** Environments that may be ended, the least recently used first. */
  readonly #evictable = new Set<RecordedReservation>();
  readonly #ground: RecordGround;

  constructor(worker: Worker, ground: RecordGround) {
    this.worker = worker;
    this.capacityMiB = worker.hello.memoryMiB;
    this.cores = Math.max(1, worker.hello.cores);
    this.#ground = ground;
  }

  get evictable(): number {
    return this.#evictable.size;
  }

  get idleSince(): number {
    return this.leastRecentlyUsed()?.idleSince ?? Infinity;
  }

  hasCode(sha256: string): boolean {
    return this.#code.has(sha256);
  }

  /** Takes room for one environment that starts now, or one that was there before. */
  reserve(environmentId: string, need: Need, isStarting: boolean): Reservation {
    this.#code.delete(need.codeSha256);
    this.#code.add(need.codeSha256);
    const [oldest] = this.#code;
    if (this.#code.size > CODE_REMEMBERED_MAX && oldest !== undefined) this.#code.delete(oldest);
    if (isStarting) this.startedSinceMiB += startMiB(need);
    return new RecordedReservation(this, environmentId, need.memoryMiB, isStarting);
  }

  report(load: WorkerLoadReport): void {
    this.availableMiB = load.availableMiB;
    this.idleEachMiB = load.idleEachMiB;
    this.reportedEnvironments = load.environments;
    this.pooled = load.pooled;
    this.startedSinceMiB = 0;
    this.#ground.onRoom();
  }

  /** The idle environment that was used the longest ago. */
  leastRecentlyUsed(): RecordedReservation | undefined {
    const [first] = this.#evictable;
    return first;
  }

  add(it: RecordedReservation): void {
    it.idleSince = ++this.#ground.idleCount;
    this.#evictable.add(it);
    this.evictableMiB += it.memoryMiB;
  }

  drop(it: RecordedReservation): void {
    if (this.#evictable.delete(it)) this.evictableMiB -= it.memoryMiB;
  }

  /** There may be more room than before. */
  roomier(): void {
    this.#ground.onRoom();
  }
}

/** A reservation that counts on its worker's record. */
class RecordedReservation implements Reservation {
  readonly environmentId: string;
  readonly memoryMiB: number;
  idleSince = 0;
  readonly #record: WorkerRecord;
  #state: "busy" | "idle" | "gone" = "busy";
  #isInitialising: boolean;

  constructor(record: WorkerRecord, environmentId: string, memoryMiB: number, isStarting: boolean) {
    this.environmentId = environmentId;
    this.memoryMiB = memoryMiB;
    this.#record = record;
    this.#isInitialising = isStarting;
    record.environments += 1;
    record.busyMiB += memoryMiB;
    if (isStarting) record.initialising += 1;
  }

  get worker(): Worker {
    return this.#record.worker;
  }

  initialised(): void {
    if (this.#isInitialising) this.#record.initialising -= 1;
    this.#isInitialising = false;
  }

  busy(): void {
    if (this.#state === "idle") this.#leaveIdle();
  }

  idle(isEvictable: boolean): void {
    if (this.#state !== "busy") return;
    this.#state = "idle";
    this.#record.busyMiB -= this.memoryMiB;
    this.#record.idleMiB += this.memoryMiB;
    this.#record.idle += 1;
    if (isEvictable) this.#record.add(this);
    this.#record.roomier();
  }

  #leaveIdle(): void {
    this.#state = "busy";
    this.#record.drop(this);
    this.#record.idle -= 1;
    this.#record.idleMiB -= this.memoryMiB;
    this.#record.busyMiB += this.memoryMiB;
  }

  [Symbol.dispose](): void {
    if (this.#state === "gone") return;
    this.initialised();
    if (this.#state === "idle") this.#leaveIdle();
    this.#state = "gone";
    this.#record.environments -= 1;
    this.#record.busyMiB -= this.memoryMiB;
    this.#record.roomier();
  }
}
