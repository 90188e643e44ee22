// Tells destinations of events that have come to their end.
import type { Feed } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { AsyncEvent } from "../../model/async-event.ts";
import type { EndedEvent } from "../async-invoke/ended-event.ts";
import { invocationRecord } from "./invocation-record.ts";

/** What telling stands on. */
export interface DestinationsDeps {
  readonly clock: Clock;
  readonly feed: Feed;
  /** Hands a record to the function of an ARN, in the trace of the event that it is about. Rejects where that can't be. */
  readonly deliver: (arn: string, record: Buffer, about: AsyncEvent) => Promise<void>;
}

/** The ARN that is to be told, if any: nobody is told of events whose function has gone. */
function destinationOf({ config, next }: EndedEvent): string | undefined {
  if (next.step === "finish") return config?.onSuccess;
  return next.step === "drop" && next.reason !== "FunctionNotFound" ? config?.onFailure : undefined;
}

/** Gives what tells them. A record that can't be delivered is counted, and lost, as on AWS. */
export function createDestinations({ clock, feed, deliver }: DestinationsDeps): (ended: EndedEvent) => Promise<void> {
  return async (ended) => {
    const arn = destinationOf(ended);
    if (arn === undefined) return;
    const { event } = ended.queued;
    const record = Buffer.from(JSON.stringify(invocationRecord(ended, clock.nowMs())));
    try {
      await deliver(arn, record, event);
    } catch {
      const { requestId, accountId, region, functionName, qualifier } = event;
      feed.publish({ event: "DestinationDeliveryFailed", requestId, accountId, region, functionName, qualifier });
    }
  };
}
