// An event after an attempt: what came of it, and what is next.
import type { AttemptOutcome } from "../../model/async-event.ts";
import type { EventInvokeConfig } from "../../model/event-invoke-config.ts";
import type { QueuedEvent } from "../queue/event-queue.ts";
import type { NextStep } from "./next-step.ts";

/** The event as it was before the attempt, and what became of it. */
export interface EndedEvent {
  readonly queued: QueuedEvent;
  readonly config: EventInvokeConfig | undefined;
  readonly next: NextStep;
  /** undefined where it was too old for one. */
  readonly outcome: AttemptOutcome | undefined;
}
