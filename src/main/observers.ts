// Who reads the feed: Prometheus' counters and CloudWatch, X-Ray and OpenTelemetry. One reader for all, behind what happens.
import type { DataPlane } from "../data-plane/data-plane.ts";
import type { Events } from "../events/events.ts";
import type { Feed, Numbered } from "../feed/feed.ts";
import { type FeedReader, readFeed } from "../feed/feed-reader.ts";
import { type Clock, sleep, type Timer } from "../foundation/clock.ts";
import type { Family } from "../model/metric-family.ts";
import { type CloudWatch, createCloudWatch } from "../neighbours/cloudwatch/cloudwatch.ts";
import { createOpenTelemetry } from "../neighbours/open-telemetry/open-telemetry.ts";
import { expositionOf } from "../neighbours/prometheus/exposition.ts";
import { createPrometheus, type Gauges } from "../neighbours/prometheus/prometheus.ts";
import { createXRay, type XRay } from "../neighbours/xray/xray.ts";

/** How often CloudWatch looks at what is in flight: its metrics are by the minute. */
const SAMPLE_EVERY_MS = 60_000;

/** What an end of Hearth waits for what is still to be sent. */
const FLUSH_MS_MAX = 2_000;

/** What there is to observe. */
export interface ObserversDeps {
  readonly clock: Clock;
  readonly feed: Feed;
  readonly dataPlane: Pick<DataPlane, "counting" | "assignment" | "placement">;
  readonly events: Pick<Events, "counts">;
  /** Where OpenTelemetry's documents go; undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
  readonly onFault: (error: unknown) => void;
}

/** The observers at work. Disposal ends them. */
export interface Observers extends Disposable {
  /** Prometheus' document, of everything until now. */
  metricsText(): string;
  readonly cloudWatch: CloudWatch;
  readonly xRay: XRay;
  /** Sends what waits to be sent, for a bounded time. */
  flush(): Promise<void>;
  /** Forgets what is kept for users; counters go on. */
  reset(): void;
}

/** Begins to read. */
export function createObservers(deps: ObserversDeps): Observers {
  const { clock, feed, dataPlane, events, otlpEndpoint: endpoint, onFault } = deps;
  const { counting, assignment, placement } = dataPlane;
  const prometheus = createPrometheus();
  const cloudWatch = createCloudWatch({ clock, catchUp: () => reader.catchUp() });
  const xRay = createXRay({ clock, catchUp: () => reader.catchUp() });
  const openTelemetry =
    endpoint === undefined ? undefined : createOpenTelemetry({ clock, endpoint, families: () => families(), onFault });
  const take = (event: Numbered): void => {
    prometheus.take(event);
    cloudWatch.take(event);
    xRay.take(event);
    openTelemetry?.take(event);
  };
  const reader: FeedReader = readFeed(feed, clock, take, onFault);
  let timer: Timer;
  function sampleRegularly(): void {
    cloudWatch.sample({ pools: counting.pools(), running: counting.running() });
    timer = clock.after(SAMPLE_EVERY_MS, sampleRegularly);
  }
  timer = clock.after(SAMPLE_EVERY_MS, sampleRegularly);
  const gauges = (): Gauges => ({
    pools: counting.pools(),
    environments: assignment.list(),
    workers: placement.list().map(({ hello, ...load }) => {
      return { workerId: hello.workerId, memoryMiB: hello.memoryMiB, ...load };
    }),
    queued: [...events.counts()].map(([key, count]) => {
      const [accountId = "", region = "", functionName = ""] = key.split("/");
      return { accountId, region, functionName, count };
    }),
    eventsLost: reader.lost(),
  });
  function families(): readonly Family[] {
    reader.catchUp();
    return [...prometheus.families(gauges()), ...(openTelemetry === undefined ? [] : [openTelemetry.family()])];
  }
  return {
    metricsText: () => expositionOf(families()),
    async flush() {
      reader.catchUp();
      await Promise.race([openTelemetry?.flush(), sleep(clock, FLUSH_MS_MAX)]);
    },
    cloudWatch,
    xRay,
    reset() {
      // What has happened until now is forgotten too, not read afterwards.
      reader.catchUp();
      cloudWatch.reset();
      xRay.reset();
    },
    [Symbol.dispose]() {
      reader[Symbol.dispose]();
      openTelemetry?.[Symbol.dispose]();
      timer[Symbol.dispose]();
    },
  };
}
