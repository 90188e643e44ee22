// The placement service: which workers there are, and which one gets a new environment.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { Connection } from "../../link/connection.ts";
import {
  calls,
  type EnvironmentSpec,
  type EnvironmentStarted,
  type Hello,
  type InvocationHeader,
  type InvocationResult,
  type Preparation,
} from "../../link/messages.ts";

/** A worker as the data plane knows it: what it said of itself, and how to ask it. */
export interface Worker {
  readonly hello: Hello;
  start(spec: EnvironmentSpec): Promise<EnvironmentStarted>;
  invoke(header: InvocationHeader, event: Buffer): Promise<{ result: InvocationResult; body: Buffer }>;
  stop(environmentId: string): Promise<void>;
  /** Makes a function's runtime ready. */
  prepare(preparation: Preparation): Promise<{ ready: true } | { ready: false; reason: string }>;
}

/** The workers, from whichever has joined. */
export interface Placement {
  join(hello: Hello, connection: Connection): Worker;
  leave(worker: Worker): void;
  /** The worker for a new environment; waits for one to join. */
  choose(signal: AbortSignal): Promise<Worker>;
  workers(): readonly Worker[];
}

function workerOver(hello: Hello, connection: Connection): Worker {
  return {
    hello,
    async start(spec) {
      return (await connection.call(calls.startEnvironment, spec)).header as EnvironmentStarted;
    },
    async invoke(header, event) {
      const answer = await connection.call(calls.invoke, header, event);
      return { result: answer.header as InvocationResult, body: answer.body };
    },
    async stop(environmentId) {
      await connection.call(calls.stopEnvironment, { environmentId });
    },
    async prepare(preparation) {
      return (await connection.call(calls.prepare, preparation)).header as
        | { ready: true }
        | { ready: false; reason: string };
    },
  };
}

/** Placement without any worker yet. */
export function createPlacement(): Placement {
  const joined: Worker[] = [];
  const waiting = new Set<Deferred<Worker>>();
  return {
    join(hello, connection) {
      const worker = workerOver(hello, connection);
      joined.push(worker);
      for (const deferred of waiting) deferred.resolve(worker);
      return worker;
    },
    leave(worker) {
      const at = joined.indexOf(worker);
      if (at >= 0) joined.splice(at, 1);
    },
    async choose(signal) {
      const [worker] = joined;
      if (worker !== undefined) return worker;
      signal.throwIfAborted();
      const deferred = createDeferred<Worker>();
      const abort = (): void => deferred.reject(signal.reason as Error);
      waiting.add(deferred);
      signal.addEventListener("abort", abort, { once: true });
      try {
        return await deferred.promise;
      } finally {
        waiting.delete(deferred);
        signal.removeEventListener("abort", abort);
      }
    },
    workers: () => joined,
  };
}
