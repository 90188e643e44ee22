// CloudWatch: Lambda's metrics out of the feed, metrics of the user's own, and both by its API.
import type { Numbered } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import { type Operation, operation, type RequestContext, type Service } from "../../model/operation.ts";
import { getMetricData } from "./get-metric-data.ts";
import { getMetricStatistics } from "./get-metric-statistics.ts";
import { type InFlight, LambdaMetrics } from "./lambda-metrics.ts";
import { listMetrics } from "./list-metrics.ts";
import { MetricMemory } from "./memory/metric-memory.ts";
import type { CloudWatchParts } from "./parts.ts";
import { putMetricData } from "./put-metric-data.ts";

export type { InFlight };

/** The service, and its ear. */
export interface CloudWatch {
  readonly service: Service;
  /** Counts an event of the feed. */
  take(event: Numbered): void;
  /** Looks at what is in flight, for what runs for longer than a minute; to be called once a minute. */
  sample(inFlight: InFlight): void;
  /** Forgets everything. */
  reset(): void;
}

/** CloudWatch without any metric. `catchUp` gives `take` what has happened until now. */
export function createCloudWatch(deps: { readonly clock: Clock; readonly catchUp: () => void }): CloudWatch {
  const { clock } = deps;
  const memory = new MetricMemory();
  const lambda = new LambdaMetrics(memory);
  const parts: CloudWatchParts = {
    clock,
    memory,
    catchUp() {
      deps.catchUp();
      lambda.flush(clock.nowMs());
    },
  };
  const on = <Input, Output extends object>(
    handler: (parts: CloudWatchParts, input: Input, context: RequestContext) => Output,
  ): Operation => operation((input: Input, context) => Promise.try(handler, parts, input, context));
  return {
    service: {
      name: "monitoring",
      operations: {
        PutMetricData: on(putMetricData),
        GetMetricData: on(getMetricData),
        GetMetricStatistics: on(getMetricStatistics),
        ListMetrics: on(listMetrics),
      },
    },
    take: (event) => lambda.take(event),
    sample(inFlight) {
      lambda.sample(inFlight, clock.nowMs());
      lambda.flush(clock.nowMs());
    },
    reset() {
      lambda.flush(clock.nowMs());
      memory.clear();
    },
  };
}
