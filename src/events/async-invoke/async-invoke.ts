// Takes events out of the queue as they become due, has each attempted, and does what its outcome asks for.
import type { AsyncInvoked, Feed } from "../../feed/feed.ts";
import { type Clock, sleep, type Timer } from "../../foundation/clock.ts";
import type { AsyncEvent, AttemptOutcome } from "../../model/async-event.ts";
import type { EventInvokeConfig } from "../../model/event-invoke-config.ts";
import type { DueEvent, EventQueue, QueuedEvent } from "../queue/event-queue.ts";
import type { EndedEvent } from "./ended-event.ts";
import { errorHandlingOf, isTooOld, nextStep } from "./next-step.ts";
import { Ramp } from "./ramp.ts";

/** Of all functions, under way at once. */
const UNDER_WAY_MAX = 2_000;
/** Begun by one look at the queue. */
const AT_ONCE_MAX = 100;
/** Where a function's ramp is full, or the queue could not be read. */
const LOOK_AGAIN_MS = 1_000;
/** What failed here is not tried again at once. */
const PAUSE_MS = 5_000;

/** What attempts stand on. */
export interface AsyncInvokeDeps {
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly feed: Feed;
  /** Runs the function once. */
  readonly attempt: (event: AsyncEvent, signal: AbortSignal) => Promise<AttemptOutcome>;
  /** As configured now on what was asked for. */
  readonly config: (event: AsyncEvent) => EventInvokeConfig | undefined;
  /** Sends an event's record to where it is configured to go. */
  readonly tellDestination: (ended: EndedEvent) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

const invokedBy = ({ requestId, accountId, region, functionName, qualifier }: AsyncEvent): AsyncInvoked => {
  return { requestId, accountId, region, functionName, qualifier };
};

/** The dispatcher. */
export class AsyncInvoke {
  readonly #deps: AsyncInvokeDeps;
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #ramps = new Map<string, Ramp>();
  readonly #stopping = new AbortController();
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #mustLookAgain = false;

  constructor(deps: AsyncInvokeDeps) {
    this.#deps = deps;
  }

  /** Resolves when the event can't be lost any more. */
  async accept(event: AsyncEvent): Promise<void> {
    const { queue, feed } = this.#deps;
    await queue.add(event);
    feed.publish({ event: "AsyncEventReceived", ...invokedBy(event) });
    this.look();
  }

  /** Begins what is due. Nothing happens before the first call. */
  look(): void {
    if (this.#stopping.signal.aborted) return;
    this.#mustLookAgain = true;
    this.#looking ??= this.#lookWhileAsked();
  }

  /** Begins nothing more, and waits for what is under way. What is not done then is attempted again at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.[Symbol.dispose]();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#mustLookAgain && !this.#stopping.signal.aborted) {
      this.#mustLookAgain = false;
      try {
        await this.#beginDue();
      } catch (error) {
        this.#deps.onFault(error);
        this.#lookAt(this.#deps.clock.nowMs() + LOOK_AGAIN_MS);
      }
    }
    this.#looking = undefined;
  }

  async #beginDue(): Promise<void> {
    const { queue, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const room = Math.min(AT_ONCE_MAX, UNDER_WAY_MAX - this.#underWay.size);
    const full = [...this.#ramps].filter(([, it]) => it.isFull(nowMs)).map(([key]) => key);
    // Those under way are due too, and are passed over.
    const limit = this.#underWay.size + room;
    const due = room > 0 ? await queue.due(nowMs, limit, full) : [];
    for (const it of due) if (!this.#underWay.has(it.id) && this.#underWay.size < UNDER_WAY_MAX) this.#begin(it, nowMs);
    if (room > 0 && due.length === limit) this.#mustLookAgain = true;
    // The next look, which comes at once, sets the timer.
    if (this.#mustLookAgain) return;
    const heldBack = [...this.#ramps.values()].some((it) => it.isFull(nowMs));
    const nextMs = await queue.nextDueMs(nowMs);
    this.#lookAt(heldBack ? Math.min(nextMs ?? Infinity, nowMs + LOOK_AGAIN_MS) : nextMs);
  }

  #lookAt(atMs: number | undefined): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (atMs === undefined || this.#stopping.signal.aborted) return;
    const { clock } = this.#deps;
    this.#timer = clock.after(Math.max(0, atMs - clock.nowMs()), () => this.look());
  }

  #begin({ id, functionKey }: DueEvent, nowMs: number): void {
    const ramp = this.#ramps.get(functionKey) ?? new Ramp(nowMs);
    if (ramp.isFull(nowMs)) return;
    this.#ramps.set(functionKey, ramp);
    ramp.begin();
    const done = this.#process(id).finally(() => {
      this.#underWay.delete(id);
      ramp.end();
      if (ramp.isIdle()) this.#ramps.delete(functionKey);
      this.look();
    });
    this.#underWay.set(id, done);
  }

  async #process(id: number): Promise<void> {
    const { queue, clock, onFault } = this.#deps;
    try {
      const queued = await queue.read(id);
      if (queued !== undefined)
        await this.#take({ queued, config: this.#deps.config(queued.event), ...(await this.#stepOf(queued)) });
    } catch (error) {
      onFault(error);
      // Until then it counts as under way, so that what can't be done is not tried over and over.
      await sleep(clock, PAUSE_MS, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #stepOf({ event, failures, refusals }: QueuedEvent): Promise<Omit<EndedEvent, "queued" | "config">> {
    const { clock, feed, attempt, config } = this.#deps;
    const before = { acceptedAtMs: event.acceptedAtMs, failures, refusals };
    const nowMs = clock.nowMs();
    if (isTooOld(before, errorHandlingOf(config(event)), nowMs))
      return { next: { step: "drop", reason: "EventAgeExceeded" }, outcome: undefined };
    const outcome = await attempt(event, this.#stopping.signal);
    if (outcome.by === "answer")
      feed.publish({ event: "AsyncEventInvoked", ...invokedBy(event), ageMs: nowMs - event.acceptedAtMs });
    return { next: nextStep(before, outcome, errorHandlingOf(config(event)), clock.nowMs()), outcome };
  }

  async #take(ended: EndedEvent): Promise<void> {
    const { queue, feed, tellDestination } = this.#deps;
    const { queued, next } = ended;
    if (next.step === "retry") return await queue.postpone(queued.id, next);
    // Told before it is removed: after a crash in between it is told twice, and not never.
    await tellDestination(ended);
    await queue.remove(queued);
    if (next.step === "drop")
      feed.publish({ event: "AsyncEventDropped", ...invokedBy(queued.event), reason: next.reason });
  }
}
