// What can happen, as the feed tells it. Past tense, plain data; times in milliseconds.
import type { AsyncEvent, DropReason } from "../model/async-event.ts";
import type { InvocationTiming, TraceSegments, UnderWay } from "../model/invocation.ts";

/** Which function a request was for, and by which name. */
export interface Invoked {
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  /** As the request had it: an alias, a version, or none. */
  readonly qualifier: string | undefined;
  /** The version that it means: of an alias, one by its weights. */
  readonly version: string;
  readonly underWay: UnderWay;
  /** undefined where it is not sampled. */
  readonly segments: TraceSegments | undefined;
}

/** Which asynchronous invocation. */
export type AsyncInvoked = Pick<AsyncEvent, "requestId" | "accountId" | "region" | "functionName" | "qualifier">;

/** One event. */
export type FeedEvent =
  | {
      readonly event: "WorkerJoined";
      readonly workerId: string;
      readonly driver: string;
      readonly environments: number;
    }
  | { readonly event: "WorkerLeft"; readonly workerId: string }
  | {
      readonly event: "EnvironmentRequested";
      readonly environmentId: string;
      readonly deploymentId: string;
      readonly workerId: string;
    }
  /** A step of its life, as the worker saw it. */
  | { readonly event: "EnvironmentChanged"; readonly environmentId: string; readonly from: string; readonly to: string }
  | {
      readonly event: "EnvironmentStarted";
      readonly environmentId: string;
      readonly deploymentId: string;
      readonly workerId: string;
      readonly initialised: boolean;
      readonly initializationType: string;
      /** Whose provisioned concurrency it is; undefined on demand. */
      readonly qualifier: string | undefined;
      /** In their order: queue, placement, then the worker's own. */
      readonly phasesMs: Readonly<Record<string, number>>;
      /** The pool that its sandbox came out of; 0: none. */
      readonly poolLevel: 0 | 1 | 2;
      /** Why it did not come out of a higher one, in words. */
      readonly poolMiss: string | undefined;
    }
  | (Invoked & {
      readonly event: "InvocationEnded";
      readonly deploymentId: string;
      readonly environmentId: string;
      readonly isCold: boolean;
      /** What it was admitted to: the qualifier's provisioned environments, or on demand. */
      readonly kind: "provisioned" | "onDemand";
      /** On demand, though the qualifier has provisioned concurrency. */
      readonly isSpillover: boolean;
      /** Until it had its environment; part of `tookMs`. */
      readonly waitedMs: number;
      readonly tookMs: number;
      readonly functionError: string | undefined;
      /** `Runtime.ExitError` and its like. */
      readonly errorType: string | undefined;
      /** undefined where its worker did not say. */
      readonly timing: InvocationTiming | undefined;
    })
  /** A request was refused for now. */
  | (Invoked & { readonly event: "InvocationThrottled"; readonly reason: string })
  /** An asynchronous invocation was accepted, and can't be lost any more. */
  | (AsyncInvoked & { readonly event: "AsyncEventReceived" })
  /** One attempt at it ran, so long after it was accepted. */
  | (AsyncInvoked & { readonly event: "AsyncEventInvoked"; readonly ageMs: number })
  /** It was given up. */
  | (AsyncInvoked & { readonly event: "AsyncEventDropped"; readonly reason: DropReason })
  /** The record of it did not reach its destination. */
  | (AsyncInvoked & { readonly event: "DestinationDeliveryFailed" })
  /** A sandbox waits in a pool: with a booted runtime (level 2), whose command this is, or without (level 1). */
  | {
      readonly event: "SandboxPooled";
      readonly workerId: string;
      readonly level: 1 | 2;
      readonly command: string | undefined;
    }
  /** It is no longer known: ended by itself, called off, or lost with its worker. */
  | { readonly event: "EnvironmentForgotten"; readonly environmentId: string; readonly deploymentId: string };
