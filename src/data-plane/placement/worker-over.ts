// A worker as the data plane knows it, and how it is asked over its link.
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

/** What it said of itself, and what it can be asked. */
export interface Worker {
  readonly hello: Hello;
  start(spec: EnvironmentSpec): Promise<EnvironmentStarted>;
  invoke(header: InvocationHeader, event: Buffer): Promise<{ result: InvocationResult; body: Buffer }>;
  stop(environmentId: string): Promise<void>;
  /** Makes a function's runtime and code ready. */
  prepare(preparation: Preparation): Promise<{ ready: true } | { ready: false; reason: string }>;
}

/** The worker at the other end of a link. */
export function workerOver(hello: Hello, connection: Connection): Worker {
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
