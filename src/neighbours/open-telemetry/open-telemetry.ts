// OpenTelemetry: spans of sampled invocations and all metrics, sent by OTLP over HTTP as JSON to where a setting says.
// Written by hand: OpenTelemetry's own packages take 200 ms and more to load, and the documents are plain JSON.
import type { Numbered } from "../../feed/feed.ts";
import type { Clock, Timer } from "../../foundation/clock.ts";
import { deadline } from "../../foundation/deadline.ts";
import type { Family } from "../../model/metric-family.ts";
import { invocationSpans } from "./invocation-spans.ts";
import { metricsDocument, type ResourceSpans, tracesDocument } from "./otlp.ts";

const SPANS_EVERY_MS = 5_000;
const METRICS_EVERY_MS = 60_000;
/** Invocations whose spans wait to be sent; more are dropped, which metrics tell. */
export const WAITING_MAX = 4_096;
/** Invocations in one request. */
const BATCH_MAX = 512;
const SEND_MS_MAX = 10_000;
/** What is told to whoever looks at the metrics there, of Hearth itself. */
const RESOURCE = { "service.name": "hearth" };

/** What the exporter stands on. */
export interface OpenTelemetryDeps {
  readonly clock: Clock;
  /** `http://host:port`, under which `/v1/traces` and `/v1/metrics` are. */
  readonly endpoint: string;
  readonly families: () => readonly Family[];
  /** Told when sending begins to fail, and once only until it goes well again. */
  readonly onFault: (error: unknown) => void;
}

/** The exporter at work. Disposal ends it; what was not sent is lost. */
export interface OpenTelemetry extends Disposable {
  take(event: Numbered): void;
  /** Sends what there is, spans and metrics; never rejects. */
  flush(): Promise<void>;
  /** What it says of itself. */
  family(): Family;
}

/** An exporter that sends regularly from now on. */
export function createOpenTelemetry(deps: OpenTelemetryDeps): OpenTelemetry {
  return new Exporter(deps);
}

class Exporter implements OpenTelemetry {
  readonly #deps: OpenTelemetryDeps;
  readonly #startMs: number;
  #waiting: ResourceSpans[] = [];
  #dropped = 0;
  #isFailing = false;
  #sending: Promise<void> | undefined;
  #spansTimer: Timer | undefined;
  #metricsTimer: Timer;
  #isEnded = false;

  constructor(deps: OpenTelemetryDeps) {
    this.#deps = deps;
    this.#startMs = deps.clock.nowMs();
    this.#metricsTimer = deps.clock.after(METRICS_EVERY_MS, () => this.#sendMetricsRegularly());
  }

  take(event: Numbered): void {
    if (event.event !== "InvocationEnded" && event.event !== "InvocationThrottled") return;
    const spans = invocationSpans(event);
    if (spans === undefined || this.#isEnded) return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(spans);
    this.#spansTimer ??= this.#deps.clock.after(SPANS_EVERY_MS, () => void this.#sendSpans());
  }

  async flush(): Promise<void> {
    await this.#sendSpans();
    await this.#sendMetrics();
  }

  family(): Family {
    return {
      name: "hearth_otlp_dropped_invocations_total",
      type: "counter",
      help: "Invocations whose spans could not be sent.",
      samples: [{ labels: {}, value: this.#dropped }],
    };
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#spansTimer?.[Symbol.dispose]();
    this.#metricsTimer[Symbol.dispose]();
  }

  /** One request at a time, until nothing waits; what can't be sent is dropped, so that it does not pile up. */
  async #sendSpans(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    this.#spansTimer?.[Symbol.dispose]();
    this.#spansTimer = undefined;
    while (this.#waiting.length > 0 && !this.#isEnded) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      const isSent = await this.#send("/v1/traces", tracesDocument(byResource(batch)));
      if (!isSent) this.#dropped += batch.length;
    }
  }

  #sendMetricsRegularly(): void {
    void this.#sendMetrics();
    this.#metricsTimer = this.#deps.clock.after(METRICS_EVERY_MS, () => this.#sendMetricsRegularly());
  }

  async #sendMetrics(): Promise<void> {
    const times = { startMs: this.#startMs, nowMs: this.#deps.clock.nowMs() };
    await this.#send("/v1/metrics", metricsDocument(RESOURCE, this.#deps.families(), times));
  }

  async #send(path: string, document: object): Promise<boolean> {
    try {
      const response = await fetch(`${this.#deps.endpoint}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(document),
        signal: deadline(SEND_MS_MAX),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing)
        this.#deps.onFault(new Error(`can't send to ${this.#deps.endpoint} (OTLP)`, { cause: error }));
      this.#isFailing = true;
      return false;
    }
  }
}

/** Spans of one function are told of together. */
function byResource(batch: readonly ResourceSpans[]): readonly ResourceSpans[] {
  const groups = Map.groupBy(batch, (it) => JSON.stringify(it.resource));
  return [...groups.values()].map((those) => ({
    resource: those[0]?.resource ?? {},
    spans: those.flatMap((it) => it.spans),
  }));
}
