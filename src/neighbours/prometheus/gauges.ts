// What is as it is when somebody asks, as gauges. Pure.
import type { Family, Sample } from "../../model/metric-family.ts";

/** What is as it is now. */
export interface Gauges {
  /** Accounts and regions. */
  readonly pools: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly limit: number;
    readonly claimed: number;
    readonly inFlight: number;
    readonly unreserved: number;
  }[];
  readonly environments: readonly { readonly state: string; readonly workerId: string }[];
  readonly workers: readonly {
    readonly workerId: string;
    readonly memoryMiB: number;
    readonly usedMiB: number;
    readonly idleMiB: number;
    readonly availableMiB: number | undefined;
    /** Sandboxes that wait, by level; undefined before its first report. */
    readonly pooled: Readonly<Record<1 | 2, number>> | undefined;
  }[];
  /** Asynchronous invocations that are not done, of functions that have any. */
  readonly queued: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly functionName: string;
    readonly count: number;
  }[];
  /** Events that were gone before they could be counted. */
  readonly eventsLost: number;
}

/** Functions that are shown with what waits for them. */
const QUEUES_MAX = 1_000;
const BYTES_PER_MIB = 1_048_576;

/** The gauges, and the one counter that the feed's reader keeps. */
export function gaugeFamilies({ pools, environments, workers, queued, eventsLost }: Gauges): readonly Family[] {
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => {
    return { name, type: "gauge", help, samples };
  };
  const ofPools = (key: "limit" | "claimed" | "inFlight" | "unreserved"): Sample[] =>
    pools.map((it) => ({ labels: { account: it.accountId, region: it.region }, value: it[key] }));
  const states = Map.groupBy(environments, (it) => `${it.workerId}\n${it.state}`);
  return [
    gauge("hearth_concurrent_executions", "Executions under way, initialisation included.", ofPools("inFlight")),
    gauge("hearth_concurrent_executions_limit", "The account's pool in the region.", ofPools("limit")),
    gauge("hearth_concurrent_executions_claimed", "Reserved or provisioned out of it.", ofPools("claimed")),
    gauge("hearth_unreserved_concurrent_executions", "Under way on what nobody claims.", ofPools("unreserved")),
    gauge(
      "hearth_environments",
      "Execution environments by worker and state.",
      [...states.values()].map((those) => {
        const { workerId = "", state = "" } = those[0] ?? {};
        return { labels: { worker: workerId, state: state.toLowerCase() }, value: those.length };
      }),
    ),
    gauge(
      "hearth_pooled_sandboxes",
      "Sandboxes that wait for a function: level 2 with a booted runtime, level 1 without.",
      workers.flatMap(({ workerId, pooled }) =>
        pooled === undefined
          ? []
          : ([1, 2] as const).map((it) => ({ labels: { worker: workerId, level: String(it) }, value: pooled[it] })),
      ),
    ),
    gauge(
      "hearth_worker_memory_bytes",
      "Memory of a worker: what it may give, what its environments are sized, what of that is idle, what its machine has left.",
      workers.flatMap(({ workerId, memoryMiB, usedMiB, idleMiB, availableMiB }) =>
        Object.entries({ capacity: memoryMiB, used: usedMiB, idle: idleMiB, available: availableMiB }).flatMap(
          ([kind, mib]) =>
            mib === undefined ? [] : [{ labels: { worker: workerId, kind }, value: mib * BYTES_PER_MIB }],
        ),
      ),
    ),
    gauge(
      "hearth_async_events_queued",
      "Asynchronous invocations that wait or are under way.",
      queued.slice(0, QUEUES_MAX).map(({ accountId, region, functionName, count }) => {
        return { labels: { account: accountId, region, function: functionName }, value: count };
      }),
    ),
    {
      name: "hearth_feed_events_lost_total",
      type: "counter",
      help: "Events that were gone before they were counted.",
      samples: [{ labels: {}, value: eventsLost }],
    },
  ];
}
