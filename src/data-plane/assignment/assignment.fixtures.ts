// The assignment service under a virtual clock, with a worker that is played.
import { createFeed, type Feed } from "../../feed/feed.ts";
import { createVirtualClock } from "../../foundation/clock.ts";
import type { Placement } from "../placement/placement.ts";
import { aWorker, type FakeWorker, placementOn } from "../placement/worker.fixtures.ts";
import { type Assignment, createAssignment } from "./assignment.ts";

/** The service and everything around it. */
export interface AssignmentWorld {
  readonly assignment: Assignment;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly feed: Feed;
  readonly worker: FakeWorker;
  readonly faults: unknown[];
  /** The feed so far, one `Event environmentId` a line. */
  events(): readonly string[];
}

/** `random` is the keep-alive's: 0 for five minutes, which is what a test gets that says nothing. */
export function anAssignment(
  given: { worker?: FakeWorker; placement?: Placement; random?: () => number } = {},
): AssignmentWorld {
  const clock = createVirtualClock();
  const feed = createFeed(() => clock.nowMs());
  const worker = given.worker ?? aWorker();
  const faults: unknown[] = [];
  const assignment = createAssignment({
    clock,
    feed,
    random: given.random ?? (() => 0),
    placement: given.placement ?? placementOn(worker),
    issueCredentials: () => ({ accessKeyId: "k", secretAccessKey: "s", sessionToken: "t" }),
    onFault: (error) => faults.push(error),
  });
  return {
    assignment,
    clock,
    feed,
    worker,
    faults,
    events: () =>
      feed.after(0, 1000).map((it) => ("environmentId" in it ? `${it.event} ${it.environmentId}` : it.event)),
  };
}
