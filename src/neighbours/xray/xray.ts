// X-Ray: segments of functions and of Lambda itself, and the traces that they make.
import type { Numbered } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import { type Operation, operation, type RequestContext, type Service } from "../../model/operation.ts";
import { batchGetTraces } from "./batch-get-traces.ts";
import { getTraceSummaries } from "./get-trace-summaries.ts";
import { lambdaSegments } from "./lambda-segments.ts";
import type { XRayParts } from "./parts.ts";
import { keepSegments, putTraceSegments } from "./put-trace-segments.ts";
import { TraceMemory, type TraceScope } from "./trace-memory.ts";

/** The service, and its ear. */
export interface XRay {
  readonly service: Service;
  /** Writes Lambda's own segments of what was sampled. */
  take(event: Numbered): void;
  /** What environments have sent to their daemon; what is malformed is dropped, as nobody waits for an answer. */
  takeSegments(batch: TraceScope & { readonly documents: readonly string[] }): void;
  /** Forgets everything. */
  reset(): void;
}

/** X-Ray without any trace. `catchUp` gives `take` what has happened until now. */
export function createXRay(deps: { readonly clock: Clock; readonly catchUp: () => void }): XRay {
  const { clock } = deps;
  const memory = new TraceMemory();
  const parts: XRayParts = { ...deps, memory };
  const on = <Input, Output extends object>(
    handler: (parts: XRayParts, input: Input, context: RequestContext) => Output,
  ): Operation => operation((input: Input, context) => Promise.try(handler, parts, input, context));
  return {
    service: {
      name: "xray",
      operations: {
        PutTraceSegments: on(putTraceSegments),
        GetTraceSummaries: on(getTraceSummaries),
        BatchGetTraces: on(batchGetTraces),
      },
    },
    take(event) {
      if (event.event !== "InvocationEnded" && event.event !== "InvocationThrottled") return;
      for (const it of lambdaSegments(event)) memory.put(event, it, JSON.stringify(it).length, clock.nowMs());
    },
    takeSegments: (batch) => void keepSegments(parts, batch, batch.documents),
    reset: () => memory.clear(),
  };
}
