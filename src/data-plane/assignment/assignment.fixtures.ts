// The assignment service under a virtual clock, with a worker that is played.
import { createFeed, type Feed } from "../../feed/feed.ts";
import { createVirtualClock } from "../../foundation/clock.ts";
import { afterIo } from "../../foundation/host.ts";
import type { Placement } from "../placement/placement.ts";
import { aWorker, type FakeWorker, placementOn, type Plays } from "../placement/worker.fixtures.ts";
import { type Assignment, createAssignment } from "./assignment.ts";
import { createFixedKeepAlive, type KeepAlivePolicy } from "./keep-alive-policy.ts";

/** The service and everything around it. */
export interface AssignmentWorld {
  readonly assignment: Assignment;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly feed: Feed;
  readonly placement: Placement;
  readonly worker: FakeWorker;
  /** Ready provisioned environments as they were told, by qualifier. */
  readonly ready: Map<string, number>;
  readonly faults: unknown[];
  /** The feed so far, one `Event environmentId` a line. */
  events(): readonly string[];
}

/** What a test may say of its world. */
export interface Given {
  /** The keep-alive's: 0 for five minutes, which is what a test gets that says nothing. */
  readonly random?: () => number;
  readonly worker?: FakeWorker;
  /** For a test with several. */
  readonly workers?: readonly FakeWorker[];
  /** For a test that needs nothing else of its worker. */
  readonly plays?: Plays;
  readonly keepAlive?: KeepAlivePolicy;
  readonly admitStart?: () => boolean;
  readonly isCurrent?: (deploymentId: string) => boolean;
  /** No worker has joined, nor ever does. */
  readonly isWithoutWorker?: boolean;
}

/** The service with one worker. */
export function anAssignment(given: Given = {}): AssignmentWorld {
  const clock = createVirtualClock();
  const feed = createFeed(() => clock.nowMs());
  const worker = given.worker ?? aWorker(given.plays);
  const placement = placementOn(given.isWithoutWorker === true ? [] : (given.workers ?? [worker]), clock);
  const faults: unknown[] = [];
  const ready = new Map<string, number>();
  const assignment = createAssignment({
    clock,
    feed,
    random: given.random ?? (() => 0),
    placement,
    keepAlive: given.keepAlive ?? createFixedKeepAlive(),
    admitStart: given.admitStart ?? (() => true),
    isCurrent: given.isCurrent ?? (() => true),
    onProvisionedReady: (_key, qualifier, count) => void ready.set(qualifier, count),
    issueCredentials: () => ({ accessKeyId: "k", secretAccessKey: "s", sessionToken: "t" }),
    onFault: (error) => faults.push(error),
  });
  return {
    assignment,
    clock,
    feed,
    placement,
    worker,
    ready,
    faults,
    events: () =>
      feed.after(0, 1000).map((it) => ("environmentId" in it ? `${it.event} ${it.environmentId}` : it.event)),
  };
}

/** Resolves when all that can go on without time passing has. */
export function settle(): Promise<void> {
  return new Promise((resolve) => afterIo(resolve));
}
