// One subscription: buffers what happens and sends it batch by batch while the environment is awake. A subscriber that is
// slow or gone loses events and is told of that; nothing waits for it.
import { type Clock, sleep, type Timer } from "../../foundation/clock.ts";
import { messageOf } from "../../foundation/fault.ts";
import { createDelivery, type Delivery, type SubscriberAddress } from "./delivery.ts";
import { EventBuffer } from "./event-buffer.ts";
import type { SubscriptionRequest } from "./subscription-request.ts";
import { eventsFor, type TelemetryRecord } from "./telemetry-record.ts";

const SEND_TIMEOUT_MS = 5_000;
/** Waits before the tries after the first: a listener may be a moment late. */
const RETRY_AFTER_MS: readonly number[] = [50, 200, 500];
const FELL_BEHIND = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/** What it stands on. */
export interface SubscriberDeps {
  readonly clock: Clock;
  readonly address: SubscriberAddress;
  readonly request: SubscriptionRequest;
}

/** A subscription. Disposal drops what is left. */
export class Subscriber implements Disposable {
  readonly name: string;
  readonly #deps: SubscriberDeps;
  readonly #delivery: Delivery;
  readonly #buffer: EventBuffer;
  #lostBecause = FELL_BEHIND;
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #isAwake = true;
  #isClosed = false;

  constructor(name: string, deps: SubscriberDeps) {
    this.name = name;
    this.#deps = deps;
    this.#delivery = createDelivery(deps.address, deps.request.destination);
    this.#buffer = new EventBuffer(deps.request.buffering);
  }

  take(record: TelemetryRecord): void {
    for (const event of eventsFor(record, this.#deps.request)) this.#buffer.add(event);
    this.#schedule();
  }

  /** While the environment is frozen nobody in it can take anything, and that is no fault of the subscriber. */
  setAwake(isAwake: boolean): void {
    this.#isAwake = isAwake;
    if (isAwake) this.#schedule();
    else this.#stopTimer();
  }

  /** Sends what there is without waiting for more; resolves when it has been sent or lost. */
  async flush(): Promise<void> {
    this.#stopTimer();
    while (this.#buffer.hasEvents() && !this.#isClosed) await this.#sendNext();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#stopTimer();
    this.#delivery[Symbol.dispose]();
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#isClosed || !this.#isAwake || this.#sending !== undefined || !this.#buffer.hasEvents()) return;
    if (this.#buffer.isFull()) {
      this.#stopTimer();
      void this.#sendNext();
    } else this.#timer ??= this.#deps.clock.after(this.#deps.request.buffering.timeoutMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = undefined;
    void this.#sendNext();
  }

  #sendNext(): Promise<void> {
    this.#sending ??= this.#sendBatch().finally(() => {
      this.#sending = undefined;
      this.#schedule();
    });
    return this.#sending;
  }

  async #sendBatch(): Promise<void> {
    const dropped = this.#buffer.takeDropped();
    const batch = [...this.#buffer.take()];
    if (dropped !== undefined) batch.push(...this.#droppedEvents(dropped.records, dropped.bytes));
    if (batch.length === 0) return;
    const failure = await this.#trySend(batch);
    if (failure === undefined) return;
    this.#lostBecause = `could not send events: ${failure}`;
    this.#buffer.drop(
      batch.length,
      batch.reduce((sum, it) => sum + Buffer.byteLength(it), 0),
    );
  }

  #droppedEvents(droppedRecords: number, droppedBytes: number): readonly string[] {
    const { clock, request } = this.#deps;
    const reason = this.#lostBecause;
    this.#lostBecause = FELL_BEHIND;
    const record = { reason, droppedRecords, droppedBytes };
    const categories = ["platform" as const];
    const told = { category: "platform" as const, type: "platform.logsDropped", atMs: clock.nowMs(), record };
    return eventsFor(told, { ...request, categories });
  }

  /** Why it could not be sent; undefined where it was. */
  async #trySend(batch: readonly string[]): Promise<string | undefined> {
    for (const waitMs of [...RETRY_AFTER_MS, undefined]) {
      try {
        await this.#sendOnce(batch);
        return undefined;
      } catch (error) {
        if (waitMs === undefined || this.#isClosed) return messageOf(error);
        await sleep(this.#deps.clock, waitMs);
      }
    }
    return undefined;
  }

  async #sendOnce(batch: readonly string[]): Promise<void> {
    const aborted = new AbortController();
    let timer: Timer;
    const arm = (): void => {
      timer = this.#deps.clock.after(SEND_TIMEOUT_MS, () => {
        if (this.#isAwake) aborted.abort(new Error("the subscriber did not answer"));
        else arm();
      });
    };
    arm();
    using _timer = { [Symbol.dispose]: () => timer[Symbol.dispose]() };
    await this.#delivery.send(batch, aborted.signal);
  }
}
