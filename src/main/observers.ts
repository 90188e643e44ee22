// Who reads the feed: Prometheus' counters. One reader for all, behind what happens.
import type { DataPlane } from "../data-plane/data-plane.ts";
import type { Feed, Numbered } from "../feed/feed.ts";
import { readFeed } from "../feed/feed-reader.ts";
import type { Clock } from "../foundation/clock.ts";
import { createPrometheus, type Gauges } from "../neighbours/prometheus/prometheus.ts";

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
}

/** Begins to read. */
export function createObservers({ clock, feed, dataPlane, onFault }: ObserversDeps): Observers {
  const { counting, assignment, placement } = dataPlane;
  const prometheus = createPrometheus();
  const take = (event: Numbered): void => prometheus.take(event);
  const reader = readFeed(feed, clock, take, onFault);
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
    [Symbol.dispose]: () => reader[Symbol.dispose](),
  };
}
