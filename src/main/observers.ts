// Who reads the feed: Prometheus' counters and CloudWatch and X-Ray. One reader for all, behind what happens.
import type { DataPlane } from "../data-plane/data-plane.ts";
import type { Feed, Numbered } from "../feed/feed.ts";
import { type FeedReader, readFeed } from "../feed/feed-reader.ts";
import type { Clock, Timer } from "../foundation/clock.ts";
import { type CloudWatch, createCloudWatch } from "../neighbours/cloudwatch/cloudwatch.ts";
import { createPrometheus, type Gauges } from "../neighbours/prometheus/prometheus.ts";
import { createXRay, type XRay } from "../neighbours/xray/xray.ts";

/** How often CloudWatch looks at what is in flight: its metrics are by the minute. */
const SAMPLE_EVERY_MS = 60_000;

/** What there is to observe. */
export interface ObserversDeps {
  readonly clock: Clock;
  readonly feed: Feed;
  readonly dataPlane: Pick<DataPlane, "counting" | "assignment" | "placement">;
  readonly onFault: (error: unknown) => void;
}

/** The observers at work. Disposal ends them. */
export interface Observers extends Disposable {
  /** Prometheus' document, of everything until now. */
  metricsText(): string;
  readonly cloudWatch: CloudWatch;
  readonly xRay: XRay;
  /** Forgets what is kept for users; counters go on. */
  reset(): void;
}

/** Begins to read. */
export function createObservers({ clock, feed, dataPlane, onFault }: ObserversDeps): Observers {
  const { counting, assignment, placement } = dataPlane;
  const prometheus = createPrometheus();
  const cloudWatch = createCloudWatch({ clock, catchUp: () => reader.catchUp() });
  const xRay = createXRay({ clock, catchUp: () => reader.catchUp() });
  const take = (event: Numbered): void => {
    prometheus.take(event);
    cloudWatch.take(event);
    xRay.take(event);
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
    eventsLost: reader.lost(),
  });
  return {
    metricsText() {
      reader.catchUp();
      return prometheus.text(gauges());
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
      timer[Symbol.dispose]();
    },
  };
}
