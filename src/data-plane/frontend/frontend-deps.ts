// What an invocation walks through from the frontend on.
import type { Feed } from "../../feed/feed.ts";
import type { Clock } from "../../foundation/clock.ts";
import type { AsyncEvent } from "../../model/async-event.ts";
import type { Assignment } from "../assignment/assignment.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { Counting } from "../counting/counting.ts";
import type { Sample } from "./trace.ts";

/** What an invocation walks through from here. */
export interface FrontendDeps {
  readonly catalogue: Catalogue;
  readonly counting: Counting;
  readonly assignment: Assignment;
  readonly feed: Feed;
  readonly clock: Clock;
  /** Gives numbers in [0, 1): an alias's weights are drawn by it. */
  readonly random: () => number;
  /** Takes in an asynchronous invocation; resolves when it can't be lost any more. */
  readonly acceptEvent: (event: AsyncEvent) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/** With what the frontend keeps for itself. */
export interface FrontendParts extends FrontendDeps {
  readonly sample: Sample;
}
