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

/** How an invocation ended, with the response or the error. */
export interface WorkerAnswer {
  readonly result: InvocationResult;
  readonly body: Buffer;
}

/** What of an answer comes before the environment is done. */
export interface AnswerAhead {
  /** Bytes of a streamed response; the next come no faster than they are taken. */
  bytes(chunk: Buffer): Promise<void>;
  /** The runtime is done, and extensions are not: this is the answer. */
  answer(answer: WorkerAnswer): void;
}

/** What it said of itself, and what it can be asked. */
export interface Worker {
  readonly hello: Hello;
  start(spec: EnvironmentSpec): Promise<EnvironmentStarted>;
  /** Resolves when the environment is done with it; `ahead` hears what can be told before. */
  invoke(header: InvocationHeader, event: Buffer, ahead?: AnswerAhead): Promise<WorkerAnswer>;
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
    async invoke(header, event, ahead) {
      const answer = await connection.call(calls.invoke, header, event, async ({ header: result, body }) => {
        if (result === undefined) await ahead?.bytes(body);
        else ahead?.answer({ result: result as InvocationResult, body });
      });
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
