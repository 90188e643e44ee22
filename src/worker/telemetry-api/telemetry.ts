// The subscriptions of one environment: what happens in it goes to each.
import type { Clock } from "../../foundation/clock.ts";
import type { Refusal } from "../http/refusal.ts";
import type { SubscriberAddress } from "./delivery.ts";
import { Subscriber } from "./subscriber.ts";
import type { SubscriptionRequest, TelemetryApiVersion } from "./subscription-request.ts";
import type { TelemetryRecord } from "./telemetry-record.ts";

export type { TelemetryRecord };

/** The subscriptions as the API sees them. */
export interface TelemetryPeer {
  /** Takes a subscription in the place of the one that the extension had; refused once initialisation is over. */
  subscribe(extension: string, request: SubscriptionRequest): { readonly accepted: true } | Refusal;
}

/** What the subscriptions stand on. */
export interface TelemetryDeps {
  readonly clock: Clock;
  /** Where the environment's subscribers listen. */
  readonly address: SubscriberAddress;
  /** Told of each subscription. */
  readonly onSubscribed: (extension: string, request: SubscriptionRequest) => void;
}

const CLOSED: Readonly<Record<TelemetryApiVersion, Refusal>> = {
  "2022-07-01": {
    accepted: false,
    status: 403,
    errorType: "Telemetry.SubscriptionClosed",
    errorMessage: "Telemetry API subscription is closed already",
  },
  "2020-08-15": {
    accepted: false,
    status: 403,
    errorType: "Logs.SubscriptionClosed",
    errorMessage: "Logs API subscription is closed already",
  },
};
/** What a late subscriber is told of the initialisation before it. */
const EARLY_RECORDS_MAX = 1_000;

/** The subscriptions. Disposal drops what was not sent. */
export class Telemetry implements TelemetryPeer, Disposable {
  readonly #deps: TelemetryDeps;
  readonly #subscribers = new Map<string, Subscriber>();
  #early: TelemetryRecord[] = [];
  #isOpen = false;

  constructor(deps: TelemetryDeps) {
    this.#deps = deps;
  }

  /** Whether anybody is there or may still come: what nobody hears need not be said. */
  isHeard(): boolean {
    return this.#isOpen || this.#subscribers.size > 0;
  }

  /** An initialisation with extensions begins: who had subscribed is gone. */
  open(): void {
    this.#close();
    this.#isOpen = true;
  }

  /** The initialisation is over: no one else can subscribe. */
  seal(): void {
    this.#isOpen = false;
    this.#early = [];
  }

  subscribe(extension: string, request: SubscriptionRequest): { readonly accepted: true } | Refusal {
    if (!this.#isOpen) return CLOSED[request.api];
    this.#subscribers.get(extension)?.[Symbol.dispose]();
    const { clock, address } = this.#deps;
    const subscriber = new Subscriber(extension, { clock, address, request });
    this.#subscribers.set(extension, subscriber);
    for (const record of this.#early) subscriber.take(record);
    this.#deps.onSubscribed(extension, request);
    return { accepted: true };
  }

  publish(record: TelemetryRecord): void {
    if (this.#isOpen && this.#early.length < EARLY_RECORDS_MAX) this.#early.push(record);
    for (const subscriber of this.#subscribers.values()) subscriber.take(record);
  }

  setAwake(isAwake: boolean): void {
    for (const subscriber of this.#subscribers.values()) subscriber.setAwake(isAwake);
  }

  /** Resolves when everything so far was sent or lost. */
  async flush(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map((it) => it.flush()));
  }

  [Symbol.dispose](): void {
    this.#close();
    this.#isOpen = false;
  }

  #close(): void {
    for (const subscriber of this.#subscribers.values()) subscriber[Symbol.dispose]();
    this.#subscribers.clear();
    this.#early = [];
  }
}
