// Sandboxes made ahead of need. Level 1: a sandbox with its network and root, nothing else. Level 2: one in which a runtime
// has booted and waits, before it has read one variable of a function or one byte of its code.
import type { Clock, Timer } from "../../foundation/clock.ts";
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import { newHex } from "../../foundation/ids.ts";
import { createTurns, type Turns } from "../../foundation/turns.ts";
import type { Pooled, PoolLevel } from "../../link/messages.ts";
import type { Boot, Sandbox, SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import { type Demand, nextToMake, noDemand, published, started, wanted } from "./pool-size.ts";
import { refillDelayMs } from "./refill-budget.ts";

/** How long a publication waits for the pool at most: its function can be started without. */
const EXPECTED_WITHIN_MS = 2_000;
/** A runtime that does not wait for its function by then never will. */
const BOOT_TIMEOUT_MS = 60_000;
/** After a sandbox could not be made ahead, nothing is for this long. */
const AFTER_FAILURE_MS = 10_000;
/** How often what nobody asks for any more is let go. */
const TRIM_EVERY_MS = 60_000;

/** Room in a runtime's first environment, which its function's variables take later. */
const ROOM_BYTES = 16_384;
/** Tells a runtime that it is booted ahead. */
const POOLED = { _HEARTH_POOLED: "1", _HEARTH_ROOM: "-".repeat(ROOM_BYTES) };

/** How a runtime is booted ahead, or why it can't be, in words. */
export type BootPlan =
  | { readonly canBoot: true; readonly boot: Boot }
  | { readonly canBoot: false; readonly reason: string };

/** What an environment needs of a sandbox. */
export interface SandboxNeed {
  readonly rootfs: string;
  /** The root is a function's own image, of which nothing is made ahead. */
  readonly isImage: boolean;
  readonly bootPlan: BootPlan;
}

/** A sandbox for one environment, and where it came from. */
export interface Taken {
  readonly sandbox: Sandbox;
  readonly poolLevel: PoolLevel;
  readonly poolMiss: string | undefined;
  /** How long it waited for its turn to be made, behind others that were being made. */
  readonly waitedMs: number;
}

/** The pools of one worker. Disposal ends what waits in them. */
export interface Pools extends AsyncDisposable {
  /** The readiest sandbox there is, else a new one. It is the caller's from then on. Rejects when none can be made. */
  take(need: SandboxNeed): Promise<Taken>;
  /**
   * A function with this need was published: its first start should find something. Resolves when something waits for
   * it, or when that takes too long or can't be.
   */
  expect(need: SandboxNeed): Promise<void>;
  /** Invocations go on: refilling waits for a pause. */
  noteWork(): void;
  /** How many wait, by level. */
  waiting(): Readonly<Record<1 | 2, number>>;
}

/** What the pools stand on. */
export interface PoolsDeps {
  readonly clock: Clock;
  readonly driver: SandboxDriver;
  /** Sandboxes that may wait, all kinds together; 0 switches pools off. */
  readonly sandboxesMax: number;
  /** Sandboxes that are made at once for those who wait; more take turns. */
  readonly makingMax: number;
  /** Told of each sandbox that waits from now on. */
  readonly onPooled: (pooled: Pooled) => void;
  /** Told of what went wrong where nobody waits for the answer. */
  readonly onFault: (error: unknown) => void;
}

/** Sandboxes alike. */
interface Kind {
  readonly rootfs: string;
  /** undefined: level 1. */
  readonly boot: Boot | undefined;
  readonly waiting: Sandbox[];
  /** Who waits for the first of them. */
  readonly expecting: Set<Deferred<void>>;
  demand: Demand;
}

/** Empty pools. */
export function createPools(deps: PoolsDeps): Pools {
  return new LivePools(deps);
}

const nameOf = (rootfs: string, boot: Boot | undefined): string =>
  JSON.stringify(boot === undefined ? [rootfs] : [rootfs, boot.command, boot.environment]);

class LivePools implements Pools {
  readonly #deps: PoolsDeps;
  readonly #kinds = new Map<string, Kind>();
  readonly #turns: Turns;
  #starting = 0;
  #lastWorkAtMs = 0;
  #dueSinceMs: number | undefined;
  #timer: Timer | undefined;
  #refill: Promise<void> | undefined;
  #isClosed = false;

  constructor(deps: PoolsDeps) {
    this.#deps = deps;
    this.#turns = createTurns(deps.makingMax);
    this.#trimRegularly();
  }

  async take({ rootfs, isImage, bootPlan }: SandboxNeed): Promise<Taken> {
    this.noteWork();
    if (isImage)
      return { ...(await this.#makeNow(rootfs, isImage)), poolLevel: 0, poolMiss: "a container image takes no pool" };
    const boot = bootPlan.canBoot ? bootPlan.boot : undefined;
    const booted = boot === undefined ? undefined : this.#pop(this.#ask(rootfs, boot));
    const bare = booted ?? this.#pop(this.#kindOf(rootfs, undefined));
    // Level 1 is kept for what can't be booted ahead, and lent to what could be when level 2 is empty.
    if (boot === undefined) this.#ask(rootfs, undefined);
    this.#refillSoon();
    const miss = bootPlan.canBoot ? this.#emptyReason("no booted runtime of this kind waits") : bootPlan.reason;
    if (booted !== undefined) return { sandbox: booted, poolLevel: 2, poolMiss: undefined, waitedMs: 0 };
    if (bare !== undefined) return { sandbox: bare, poolLevel: 1, poolMiss: miss, waitedMs: 0 };
    const empty = this.#emptyReason("the pool is empty");
    // What kept it from each of the levels.
    const poolMiss = bootPlan.canBoot || this.#deps.sandboxesMax === 0 ? empty : `${bootPlan.reason}; ${empty}`;
    return { ...(await this.#makeNow(rootfs, false)), poolLevel: 0, poolMiss };
  }

  async expect({ rootfs, isImage, bootPlan }: SandboxNeed): Promise<void> {
    if (isImage) return;
    const { clock, driver, sandboxesMax } = this.#deps;
    const kind = this.#kindOf(rootfs, bootPlan.canBoot ? bootPlan.boot : undefined);
    kind.demand = published(kind.demand, clock.nowMs());
    this.#refillSoon();
    const isFull = this.#waitingCount() >= sandboxesMax;
    if (kind.waiting.length > 0 || !driver.canPool || isFull || this.#isClosed) return;
    const filled = createDeferred<void>();
    kind.expecting.add(filled);
    using _timer = clock.after(EXPECTED_WITHIN_MS, filled.resolve);
    await filled.promise;
    kind.expecting.delete(filled);
  }

  #waitingCount(): number {
    const { 1: bare, 2: booted } = this.waiting();
    return bare + booted;
  }

  noteWork(): void {
    this.#lastWorkAtMs = this.#deps.clock.nowMs();
  }

  waiting(): Readonly<Record<1 | 2, number>> {
    const count = { 1: 0, 2: 0 };
    for (const { boot, waiting } of this.#kinds.values()) count[boot === undefined ? 1 : 2] += waiting.length;
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    for (const { expecting } of this.#kinds.values()) for (const it of expecting) it.resolve();
    await this.#refill;
    const all = [...this.#kinds.values()].flatMap(({ waiting }) => waiting.splice(0));
    await Promise.all(all.map((it) => it[Symbol.asyncDispose]()));
  }

  #emptyReason(reason: string): string {
    if (!this.#deps.driver.canPool) return "plain processes are not pooled";
    return this.#deps.sandboxesMax === 0 ? "pools are switched off" : reason;
  }

  #kindOf(rootfs: string, boot: Boot | undefined): Kind {
    const name = nameOf(rootfs, boot);
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind: Kind = { rootfs, boot, waiting: [], expecting: new Set(), demand: noDemand(this.#deps.clock.nowMs()) };
    this.#kinds.set(name, kind);
    return kind;
  }

  #ask(rootfs: string, boot: Boot | undefined): Kind {
    const kind = this.#kindOf(rootfs, boot);
    kind.demand = started(kind.demand, this.#deps.clock.nowMs());
    return kind;
  }

  /** The one that waits for the shortest time; those that have ended meanwhile are cleared away. */
  #pop(kind: Kind): Sandbox | undefined {
    for (let sandbox = kind.waiting.pop(); sandbox !== undefined; sandbox = kind.waiting.pop()) {
      if (sandbox.isAlive()) return sandbox;
      this.#letGo(sandbox);
    }
    return undefined;
  }

  /** For somebody who waits: in turn, so that many starts at once do not all take longer. */
  async #makeNow(rootfs: string, isImage: boolean): Promise<Pick<Taken, "sandbox" | "waitedMs">> {
    const { clock, driver } = this.#deps;
    const askedMs = clock.elapsedMs();
    this.#starting++;
    try {
      using _turn = await this.#turns.take();
      const waitedMs = clock.elapsedMs() - askedMs;
      return { sandbox: await driver.create({ id: newHex(8), rootfs, isImage, isBackground: false }), waitedMs };
    } finally {
      this.#starting--;
    }
  }

  #refillSoon(): void {
    if (this.#timer === undefined && this.#refill === undefined && this.#next() !== undefined) this.#wake(1);
  }

  #wake(afterMs: number): void {
    if (this.#isClosed) return;
    this.#dueSinceMs ??= this.#deps.clock.nowMs();
    this.#timer = this.#deps.clock.after(afterMs, () => {
      this.#timer = undefined;
      this.#refillOrWait();
    });
  }

  #refillOrWait(): void {
    const { clock, onFault } = this.#deps;
    const nowMs = clock.nowMs();
    const dueSinceMs = this.#dueSinceMs ?? nowMs;
    const delayMs = refillDelayMs({ starting: this.#starting, lastWorkAtMs: this.#lastWorkAtMs, dueSinceMs }, nowMs);
    if (delayMs > 0) return this.#wake(delayMs);
    this.#dueSinceMs = undefined;
    const kind = this.#next();
    if (kind === undefined) return;
    this.#refill = this.#make(kind).then(
      () => {
        this.#refill = undefined;
        this.#refillSoon();
      },
      (error: unknown) => {
        this.#refill = undefined;
        onFault(error);
        this.#wake(AFTER_FAILURE_MS);
      },
    );
  }

  /** What to make next; undefined where nothing is to be made. */
  #next(): Kind | undefined {
    const { driver, sandboxesMax } = this.#deps;
    if (this.#isClosed || !driver.canPool) return undefined;
    const nowMs = this.#deps.clock.nowMs();
    const kinds = [...this.#kinds.values()];
    const standings = kinds.map((it) => ({ wanted: wanted(it.demand, nowMs), waiting: it.waiting.length }));
    return kinds[nextToMake(standings, sandboxesMax)];
  }

  async #make(kind: Kind): Promise<void> {
    const { driver } = this.#deps;
    const sandbox = await driver.create({ id: newHex(8), rootfs: kind.rootfs, isImage: false, isBackground: true });
    try {
      if (kind.boot !== undefined) await this.#boot(sandbox, kind.boot);
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
    kind.waiting.push(sandbox);
    for (const it of kind.expecting) it.resolve();
    this.#deps.onPooled({ level: kind.boot === undefined ? 1 : 2, command: kind.boot?.command.join(" ") });
  }

  async #boot(sandbox: Sandbox, { command, environment }: Boot): Promise<void> {
    const timeout = createDeferred<void>();
    const late = new Fault(`${command.join(" ")} has not begun to wait for its function`);
    using _timer = this.#deps.clock.after(BOOT_TIMEOUT_MS, () => timeout.reject(late));
    const variables = { ...environment, ...POOLED, AWS_LAMBDA_RUNTIME_API: sandbox.runtimeApi };
    await Promise.race([sandbox.boot({ command, environment: variables }), timeout.promise]);
  }

  #trimRegularly(): void {
    this.#deps.clock.after(TRIM_EVERY_MS, () => {
      if (this.#isClosed) return;
      this.#trim();
      this.#trimRegularly();
    });
  }

  #trim(): void {
    const nowMs = this.#deps.clock.nowMs();
    for (const [name, kind] of this.#kinds) {
      const goal = wanted(kind.demand, nowMs);
      if (goal === 0) this.#kinds.delete(name);
      for (const sandbox of kind.waiting.splice(goal)) this.#letGo(sandbox);
    }
  }

  #letGo(sandbox: Sandbox): void {
    sandbox[Symbol.asyncDispose]().then(undefined, this.#deps.onFault);
  }
}
