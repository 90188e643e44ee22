// The door to what runs by itself: the queue of events, and their attempts.
import type { Kysely } from "kysely";
import type { AsyncEvent } from "../model/async-event.ts";
import type { Seal } from "../store/seal.ts";
import { AsyncInvoke, type AsyncInvokeDeps } from "./async-invoke/async-invoke.ts";
import { createDestinations, type DestinationsDeps } from "./destinations/destinations.ts";
import { createEventQueue, type EventTables } from "./queue/event-queue.ts";

export type { EventTables };

/** Events at work. */
export interface Events {
  /** Takes an event in; resolves when it can't be lost any more. */
  accept(event: AsyncEvent): Promise<void>;
  /** Goes on with what was accepted before. */
  start(): void;
  /** Begins nothing more, and waits for what is under way. */
  stop(): Promise<void>;
  /** How many wait or are under way, of each function that has any: by `account/region/name`. */
  counts(): ReadonlyMap<string, number>;
  /** Forgets all events. */
  reset(): Promise<void>;
}

/** What they stand on. */
export interface EventsDeps extends Omit<AsyncInvokeDeps, "queue" | "tellDestination">, DestinationsDeps {
  readonly db: Kysely<EventTables>;
  readonly seal: Seal;
}

/** Over a database that has been migrated. */
export async function createEvents({ db, seal, ...deps }: EventsDeps): Promise<Events> {
  const queue = await createEventQueue(db, seal);
  const asyncInvoke = new AsyncInvoke({ ...deps, queue, tellDestination: createDestinations(deps) });
  return {
    accept: (event) => asyncInvoke.accept(event),
    start: () => asyncInvoke.look(),
    stop: () => asyncInvoke.stop(),
    counts: queue.counts,
    reset: queue.clear,
  };
}
