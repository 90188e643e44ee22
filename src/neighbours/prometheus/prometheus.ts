// Prometheus: counters and histograms out of the feed, gauges as they are when they are asked for.
// Written by hand: loading the package prom-client takes 46 ms of every start, and the text form is a few lines.
import type { AsyncInvoked, Numbered } from "../../feed/feed.ts";
import type { Family, HistogramSample, Labels, Sample } from "../../model/metric-family.ts";
import { type Gauges, gaugeFamilies } from "./gauges.ts";
import { Counter, Histograms } from "./series.ts";

export type { Gauges };

/** The type that Prometheus asks for. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Functions that have series of their own; what is over that counts as the function `_other`, in the place where it was. */
export const FUNCTIONS_MAX = 1_000;
const OTHER = "_other";

/** The counters. */
export interface Prometheus {
  take(event: Numbered): void;
  /** Everything as it is now. */
  families(gauges: Gauges): readonly Family[];
}

type Ended = Extract<Numbered, { event: "InvocationEnded" }>;
type Throttled = Extract<Numbered, { event: "InvocationThrottled" }>;
type Started = Extract<Numbered, { event: "EnvironmentStarted" }>;

const counter = (name: string, help: string, samples: readonly Sample[]): Family => {
  return { name, type: "counter", help, samples };
};
const histogram = (name: string, help: string, samples: readonly HistogramSample[]): Family => {
  return { name, type: "histogram", help, samples };
};

/** Nothing has been counted yet. */
export function createPrometheus(): Prometheus {
  return new Counted();
}

class Counted implements Prometheus {
  readonly #functions = new Set<string>();
  readonly #invocations = new Counter();
  readonly #throttles = new Counter();
  readonly #spillovers = new Counter();
  readonly #coldStarts = new Counter();
  readonly #received = new Counter();
  readonly #dropped = new Counter();
  readonly #ages = new Histograms();
  readonly #durations = new Histograms();
  readonly #waits = new Histograms();
  readonly #overheads = new Histograms();
  readonly #phases = new Histograms();

  take(event: Numbered): void {
    switch (event.event) {
      case "InvocationEnded":
        return this.#takeEnded(event);
      case "InvocationThrottled":
        return this.#takeThrottled(event);
      case "EnvironmentStarted":
        return this.#takeStarted(event);
      case "AsyncEventReceived":
        return this.#received.add(this.#labelsOf(event));
      case "AsyncEventInvoked":
        return this.#ages.observe(this.#labelsOf(event), event.ageMs / 1000);
      case "AsyncEventDropped":
        return this.#dropped.add({ ...this.#labelsOf(event), reason: event.reason });
      default:
    }
  }

  families(gauges: Gauges): readonly Family[] {
    return [...this.#counted(), ...gaugeFamilies(gauges)];
  }

  /** The labels that tell a function: its own, within the bound. */
  #labelsOf({ accountId, region, functionName }: Omit<AsyncInvoked, "requestId" | "qualifier">): Labels {
    const name = `${accountId}/${region}/${functionName}`;
    const isKnown = this.#functions.has(name) || this.#functions.size < FUNCTIONS_MAX;
    if (isKnown) this.#functions.add(name);
    return { account: accountId, region, function: isKnown ? functionName : OTHER };
  }

  #takeEnded(event: Ended): void {
    const { isCold, isSpillover, kind, functionError, tookMs, waitedMs, timing } = event;
    const labels = this.#labelsOf(event);
    const outcome = functionError === undefined ? "success" : "error";
    this.#invocations.add({ ...labels, kind: kind === "onDemand" ? "on_demand" : kind, outcome });
    if (isSpillover) this.#spillovers.add(labels);
    this.#waits.observe({ start: isCold ? "cold" : "warm" }, waitedMs / 1000);
    if (timing === undefined) return;
    this.#durations.observe(labels, timing.durationMs / 1000);
    this.#overheads.observe({}, Math.max(0, tookMs - waitedMs - timing.durationMs) / 1000);
  }

  #takeThrottled(event: Throttled): void {
    this.#throttles.add({ ...this.#labelsOf(event), reason: event.reason });
  }

  #takeStarted({ initializationType, poolLevel, phasesMs }: Started): void {
    this.#coldStarts.add({ initialization_type: initializationType, pool_level: String(poolLevel) });
    for (const [phase, ms] of Object.entries(phasesMs)) this.#phases.observe({ phase }, ms / 1000);
  }

  #counted(): readonly Family[] {
    return [
      counter("hearth_invocations_total", "Invocations that ran.", this.#invocations.samples()),
      counter("hearth_throttles_total", "Requests refused for now, by AWS's reason.", this.#throttles.samples()),
      counter(
        "hearth_provisioned_spillovers_total",
        "Invocations that found no provisioned environment.",
        this.#spillovers.samples(),
      ),
      histogram(
        "hearth_invocation_duration_seconds",
        "What functions took, as REPORT has it.",
        this.#durations.samples(),
      ),
      histogram(
        "hearth_invocation_wait_seconds",
        "Until an invocation had its environment, a cold start included.",
        this.#waits.samples(),
      ),
      histogram(
        "hearth_invocation_overhead_seconds",
        "What invocations took besides their functions, once they had an environment.",
        this.#overheads.samples(),
      ),
      counter("hearth_async_events_received_total", "Asynchronous invocations accepted.", this.#received.samples()),
      counter("hearth_async_events_dropped_total", "Of those, given up, by the reason.", this.#dropped.samples()),
      histogram(
        "hearth_async_event_age_seconds",
        "How long ago an event was accepted when an attempt at it began.",
        this.#ages.samples(),
      ),
      counter("hearth_environments_started_total", "Starts of environments.", this.#coldStarts.samples()),
      histogram("hearth_environment_start_phase_seconds", "Phases of those starts.", this.#phases.samples()),
    ];
  }
}
