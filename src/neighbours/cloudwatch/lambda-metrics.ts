// Lambda's own metrics, out of what the feed tells: gathered by function and minute, and written to the memory under every
// set of dimensions when the minute is over or somebody reads.
import type { Numbered } from "../../feed/feed.ts";
import { Datum } from "./memory/datum.ts";
import type { Dimension, MetricMemory } from "./memory/metric-memory.ts";

const NAMESPACE = "AWS/Lambda";
const MINUTE_MS = 60_000;
/** Functions by qualifier and version, gathered at once; with more, those so far are written early. */
const TALLIES_MAX = 2_000;

/** Sets of dimensions under which a metric stands. */
type Level = "account" | "function" | "resource" | "executedVersion";
const ALL: readonly Level[] = ["account", "function", "resource", "executedVersion"];
const PROVISIONED: readonly Level[] = ["function", "resource", "executedVersion"];

interface MetricKind {
  readonly unit: string;
  readonly levels: readonly Level[];
}

/**
 * Every metric of Lambda's that Hearth has or will have. That of dead letters is ready here; it has no value until there are
 * such things, and so nobody sees it.
 * Source: Lambda Developer Guide, "Types of metrics for Lambda functions"
 */
const METRICS = {
  Invocations: { unit: "Count", levels: ALL },
  Errors: { unit: "Count", levels: ALL },
  Throttles: { unit: "Count", levels: ALL },
  Duration: { unit: "Milliseconds", levels: ALL },
  ConcurrentExecutions: { unit: "Count", levels: ["account", "function"] },
  UnreservedConcurrentExecutions: { unit: "Count", levels: ["account"] },
  ClaimedAccountConcurrency: { unit: "Count", levels: ["account"] },
  ProvisionedConcurrencyInvocations: { unit: "Count", levels: PROVISIONED },
  ProvisionedConcurrencySpilloverInvocations: { unit: "Count", levels: PROVISIONED },
  ProvisionedConcurrentExecutions: { unit: "Count", levels: ["resource"] },
  ProvisionedConcurrencyUtilization: { unit: "None", levels: ["resource"] },
  AsyncEventsReceived: { unit: "Count", levels: ALL },
  AsyncEventAge: { unit: "Milliseconds", levels: ALL },
  AsyncEventsDropped: { unit: "Count", levels: ALL },
  DeadLetterErrors: { unit: "Count", levels: ALL },
  DestinationDeliveryFailures: { unit: "Count", levels: ALL },
} as const satisfies Readonly<Record<string, MetricKind>>;
type MetricName = keyof typeof METRICS;

type Ended = Extract<Numbered, { event: "InvocationEnded" }>;
type Throttled = Extract<Numbered, { event: "InvocationThrottled" }>;

/** What is in flight at one instant. */
export interface InFlight {
  readonly pools: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly inFlight: number;
    readonly unreserved: number;
    readonly claimed: number;
  }[];
  readonly running: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly functionName: string;
    readonly inFlight: number;
    readonly provisioned: readonly { readonly qualifier: string; readonly inUse: number; readonly ready: number }[];
  }[];
}

/** Whose values a tally has. Without a function they are the account's own. */
interface TallyOf {
  readonly accountId: string;
  readonly region: string;
  readonly functionName?: string;
  readonly qualifier?: string | undefined;
  readonly version?: string | undefined;
}

interface Tally {
  readonly of: TallyOf;
  readonly minute: number;
  readonly data: Map<MetricName, Datum>;
}

function add({ data }: Tally, metric: MetricName, value: number): void {
  let datum = data.get(metric);
  if (datum === undefined) {
    datum = new Datum();
    data.set(metric, datum);
  }
  datum.add(value);
}

/** The dimensions of each level that a tally is part of. */
function dimensionsOf({ functionName, qualifier, version }: TallyOf): ReadonlyMap<Level, readonly Dimension[]> {
  const sets = new Map<Level, readonly Dimension[]>([["account", []]]);
  if (functionName === undefined) return sets;
  const ofFunction = { name: "FunctionName", value: functionName };
  const resource = { name: "Resource", value: qualifier === undefined ? functionName : `${functionName}:${qualifier}` };
  sets.set("function", [ofFunction]).set("resource", [ofFunction, resource]);
  // An alias alone can run more than one version.
  const isAlias = qualifier !== undefined && !/^(?:\$LATEST|\d+)$/u.test(qualifier);
  if (isAlias && version !== undefined)
    sets.set("executedVersion", [ofFunction, resource, { name: "ExecutedVersion", value: version }]);
  return sets;
}

/** The metrics. */
export class LambdaMetrics {
  readonly #memory: MetricMemory;
  readonly #tallies = new Map<string, Tally>();

  constructor(memory: MetricMemory) {
    this.#memory = memory;
  }

  take(event: Numbered): void {
    switch (event.event) {
      case "InvocationEnded":
        return this.#takeEnded(event);
      case "InvocationThrottled":
        return this.#takeThrottled(event);
      case "AsyncEventReceived":
        return add(this.#tally(event, event.atMs), "AsyncEventsReceived", 1);
      case "AsyncEventInvoked":
        return add(this.#tally(event, event.atMs), "AsyncEventAge", event.ageMs);
      case "AsyncEventDropped":
        return add(this.#tally(event, event.atMs), "AsyncEventsDropped", 1);
      case "DestinationDeliveryFailed":
        return add(this.#tally(event, event.atMs), "DestinationDeliveryFailures", 1);
      default:
    }
  }

  /** What runs for longer than a minute is seen by looking, once a minute. */
  sample({ pools, running }: InFlight, nowMs: number): void {
    for (const { accountId, region, inFlight, unreserved, claimed } of pools) {
      if (inFlight > 0) this.#addOfAccount({ accountId, region }, nowMs, { inFlight, unreserved, claimed });
    }
    for (const { accountId, region, functionName, inFlight, provisioned } of running) {
      const of = { accountId, region, functionName };
      add(this.#tally(of, nowMs), "ConcurrentExecutions", inFlight);
      for (const { qualifier, ...use } of provisioned) this.#addProvisioned({ ...of, qualifier }, nowMs, use);
    }
  }

  /** Writes to the memory what has been gathered. */
  flush(nowMs: number): void {
    for (const { of, minute, data } of this.#tallies.values()) {
      const sets = dimensionsOf(of);
      for (const [metricName, datum] of data) {
        const { unit, levels } = METRICS[metricName];
        for (const level of levels) {
          const dimensions = sets.get(level);
          // The account's own values are not a function's, whose tallies would count them again.
          const isOwn = level !== "account" || of.functionName === undefined || METRICS[metricName].levels === ALL;
          if (dimensions === undefined || !isOwn) continue;
          const { accountId, region } = of;
          const series = { accountId, region, namespace: NAMESPACE, metricName, dimensions, unit };
          this.#memory.record(series, minute * MINUTE_MS, (it) => it.merge(datum));
        }
      }
    }
    this.#tallies.clear();
    this.#memory.trim(nowMs);
  }

  #takeEnded(event: Ended): void {
    // AWS counts an invocation where it began.
    const atMs = event.atMs - event.tookMs;
    const { underWay, timing, functionError, kind, isSpillover } = event;
    const tally = this.#tally(event, atMs);
    add(tally, "Invocations", 1);
    add(tally, "Errors", functionError === undefined ? 0 : 1);
    add(tally, "Throttles", 0);
    if (timing !== undefined) add(tally, "Duration", timing.durationMs);
    this.#takeUnderWay(event, atMs);
    if (kind === "provisioned") add(tally, "ProvisionedConcurrencyInvocations", 1);
    if (isSpillover) add(tally, "ProvisionedConcurrencySpilloverInvocations", 1);
    if (underWay.provisioned === undefined) return;
    const { accountId, region, functionName, qualifier } = event;
    this.#addProvisioned({ accountId, region, functionName, qualifier }, atMs, underWay.provisioned);
  }

  #takeThrottled(event: Throttled): void {
    add(this.#tally(event, event.atMs), "Throttles", 1);
    this.#takeUnderWay(event, event.atMs);
  }

  #takeUnderWay(event: Ended | Throttled, atMs: number): void {
    const { ofFunction, ofAccount, unreserved, claimed } = event.underWay;
    const { accountId, region, functionName } = event;
    if (ofFunction > 0) add(this.#tally({ accountId, region, functionName }, atMs), "ConcurrentExecutions", ofFunction);
    if (ofAccount > 0) this.#addOfAccount({ accountId, region }, atMs, { inFlight: ofAccount, unreserved, claimed });
  }

  #addOfAccount(
    of: TallyOf,
    atMs: number,
    { inFlight, unreserved, claimed }: Pick<InFlight["pools"][number], "inFlight" | "unreserved" | "claimed">,
  ): void {
    const tally = this.#tally(of, atMs);
    add(tally, "ConcurrentExecutions", inFlight);
    add(tally, "UnreservedConcurrentExecutions", unreserved);
    add(tally, "ClaimedAccountConcurrency", unreserved + claimed);
  }

  #addProvisioned(of: TallyOf, atMs: number, { inUse, ready }: { inUse: number; ready: number }): void {
    const tally = this.#tally(of, atMs);
    add(tally, "ProvisionedConcurrentExecutions", inUse);
    if (ready > 0) add(tally, "ProvisionedConcurrencyUtilization", inUse / ready);
  }

  #tally(of: TallyOf, atMs: number): Tally {
    const { accountId, region, functionName, qualifier, version } = of;
    const minute = Math.floor(atMs / MINUTE_MS);
    const key = `${minute}/${accountId}/${region}/${functionName ?? ""}/${qualifier ?? ""}/${version ?? ""}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (this.#tallies.size >= TALLIES_MAX) this.flush(atMs);
      tally = {
        of: { accountId, region, ...(functionName === undefined ? {} : { functionName }), qualifier, version },
        minute,
        data: new Map(),
      };
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}
