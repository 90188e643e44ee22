// One run of a runtime's process in an environment: its side of the Runtime API, as promises the environment waits for.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { BodyFlow } from "../http/http-connection.ts";
import type { Refusal } from "../http/refusal.ts";
import type { NextEvent, PostVerdict, ResponseStream, RuntimePeer, RuntimePost } from "../runtime-api/runtime-peer.ts";
import { afterCall, type RuntimeCall, type RuntimeState, stateTransitionMessage } from "./runtime-state.ts";

/** How the runtime answered an invocation: whole, or by a stream that has ended. */
export type RuntimeAnswer =
  | Extract<RuntimePost, { requestId: string }>
  | {
      readonly kind: "streamed";
      readonly requestId: string;
      readonly bytes: number;
      /** undefined: all of it came. */
      readonly brokenBy: Buffer | "tooLarge" | "cut" | undefined;
    };

/** Where a response goes as it is written. */
export interface ResponseSink {
  /** False: it has enough for now. */
  write(chunk: Buffer): boolean;
  onRoom(listener: () => void): void;
}

/** What a response may have that is streamed. Source: Lambda quotas, 200 MB. */
const STREAM_BYTES_MAX = 209_715_200;

/** How an initialisation or a restore ended, as the runtime said. */
export type Readiness = { readonly ok: true } | { readonly ok: false; readonly body: Buffer };

/** A runtime from its launch on. */
export interface RuntimeSession extends RuntimePeer {
  /** Its first `next` or readiness for a snapshot, or the error that it reported instead. */
  readonly initialised: Promise<Readiness>;
  /** Hands over an event as soon as the runtime asks; resolves with what it posts. A stream that it posts goes to `sink`. */
  deliver(requestId: string, event: NextEvent, sink?: ResponseSink): Promise<RuntimeAnswer>;
  /** Lets a runtime that waits to be restored go on; resolves with its first `next`, or the error of its hooks. */
  restore(): Promise<Readiness>;
  /** Resolves when its process has booted far enough to talk to the Runtime API. */
  readonly connected: Promise<void>;
  onConnect(): void;
  /** The runtime waits for its next event, or to be restored. */
  isWaiting(): boolean;
  /** It has initialised. */
  wasReady(): boolean;
}

const accepted: PostVerdict = { accepted: true };
const INVALID_REQUEST_ID: Refusal = {
  accepted: false,
  status: 400,
  errorType: "InvalidRequestID",
  errorMessage: "Invalid request ID",
};
const TOO_LARGE: Refusal = {
  accepted: false,
  status: 413,
  errorType: "RequestEntityTooLarge",
  errorMessage: "Exceeded maximum allowed payload size (6291556 bytes).",
};
const INVALID_MODE: Refusal = {
  accepted: false,
  status: 400,
  errorType: "InvalidFunctionResponseMode",
  errorMessage: "Invalid function response mode",
};

interface Current {
  readonly requestId: string;
  readonly event: NextEvent;
  readonly sink: ResponseSink | undefined;
  readonly answer: Deferred<RuntimeAnswer>;
  isAnswered: boolean;
  /** Its response was cut off, which is the answer if the runtime goes on. */
  letGo: (() => void) | undefined;
}

/** What one session remembers; changed by its functions alone. */
interface SessionMemory {
  readonly connected: Deferred<void>;
  readonly initialised: Deferred<Readiness>;
  readonly restored: Deferred<Readiness>;
  readonly onWaiting: () => void;
  state: RuntimeState;
  /** Answers the request that the runtime waits on. */
  waiting: ((event: NextEvent) => void) | undefined;
  restoring: (() => void) | undefined;
  current: Current | undefined;
  wasReady: boolean;
}

function move(memory: SessionMemory, call: RuntimeCall): PostVerdict {
  const next = afterCall(memory.state, call);
  if (next === undefined) {
    const errorMessage = stateTransitionMessage(memory.state, call);
    return { accepted: false, status: 403, errorType: "InvalidStateTransition", errorMessage };
  }
  memory.state = next;
  return accepted;
}

/** Gives the runtime the event, where both are there. */
function hand(memory: SessionMemory): void {
  const { waiting, current, state } = memory;
  if (waiting === undefined || current === undefined || current.isAnswered || state !== "Ready") return;
  memory.waiting = undefined;
  memory.state = "Running";
  waiting(current.event);
}

function takeAnswer(memory: SessionMemory, post: RuntimeAnswer): PostVerdict {
  const { current } = memory;
  if (current?.requestId !== post.requestId) return INVALID_REQUEST_ID;
  const verdict = move(memory, post.kind === "error" ? "InvocationErrorResponse" : "InvocationResponse");
  if (!verdict.accepted) return verdict;
  current.isAnswered = true;
  current.answer.resolve(post);
  if (post.kind === "tooLarge") return TOO_LARGE;
  return post.kind === "invalidMode" ? INVALID_MODE : accepted;
}

/** A response that is passed on as it comes; what is over the limit is read and dropped. */
function takeStream(memory: SessionMemory, requestId: string, flow: BodyFlow): ResponseStream | Refusal | "gathered" {
  const { current } = memory;
  if (current?.requestId !== requestId) return INVALID_REQUEST_ID;
  const { sink } = current;
  if (sink === undefined) return "gathered";
  const verdict = move(memory, "StreamBegin");
  if (!verdict.accepted) return verdict;
  let bytes = 0;
  const finish = (brokenBy: Extract<RuntimeAnswer, { kind: "streamed" }>["brokenBy"]): void => {
    flow.resume();
    if (current.isAnswered) return;
    current.isAnswered = true;
    current.answer.resolve({ kind: "streamed", requestId, bytes: Math.min(bytes, STREAM_BYTES_MAX), brokenBy });
  };
  sink.onRoom(() => flow.resume());
  return {
    data(chunk) {
      const room = STREAM_BYTES_MAX - bytes;
      bytes += chunk.length;
      if (current.isAnswered) return;
      const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
      if (kept.length > 0 && !sink.write(kept)) flow.pause();
      if (bytes > STREAM_BYTES_MAX) finish("tooLarge");
    },
    end(midStreamError) {
      move(memory, "StreamEnd");
      finish(midStreamError);
    },
    cut() {
      // A process that ends takes its connections along, and how it ended says more. One that asks for more has let go.
      move(memory, "StreamEnd");
      current.letGo = () => finish("cut");
    },
  };
}

function takeError(memory: SessionMemory, call: "InitError" | "RestoreError", body: Buffer): PostVerdict {
  const verdict = move(memory, call);
  if (verdict.accepted) (call === "InitError" ? memory.initialised : memory.restored).resolve({ ok: false, body });
  return verdict;
}

function takeNext(memory: SessionMemory, deliver: (event: NextEvent) => void): PostVerdict {
  const verdict = move(memory, "Ready");
  if (!verdict.accepted) return verdict;
  memory.wasReady = true;
  memory.current?.letGo?.();
  memory.initialised.resolve({ ok: true });
  memory.restored.resolve({ ok: true });
  if (memory.state === "Running" && memory.current !== undefined) {
    deliver(memory.current.event);
    return accepted;
  }
  memory.waiting = deliver;
  hand(memory);
  if (memory.waiting !== undefined) memory.onWaiting();
  return accepted;
}

/**
 * `onWaiting` is told whenever the runtime asks for an event and there is none.
 * Only a restorable session (SnapStart) has the restore endpoints, as on AWS.
 */
export function createRuntimeSession(options: { onWaiting: () => void; isRestorable: boolean }): RuntimeSession {
  const memory: SessionMemory = {
    connected: createDeferred(),
    initialised: createDeferred(),
    restored: createDeferred(),
    onWaiting: options.onWaiting,
    state: "Started",
    waiting: undefined,
    restoring: undefined,
    current: undefined,
    wasReady: false,
  };
  return {
    initialised: memory.initialised.promise,
    connected: memory.connected.promise,
    onConnect: memory.connected.resolve,
    onNext: (deliver) => takeNext(memory, deliver),
    onPost(post) {
      if ("requestId" in post) return takeAnswer(memory, post);
      if (post.kind === "initError") return takeError(memory, "InitError", post.body);
      return options.isRestorable ? takeError(memory, "RestoreError", post.body) : "notFound";
    },
    onStream: (requestId, flow) => takeStream(memory, requestId, flow),
    onRestoreNext(deliver) {
      if (!options.isRestorable) return "notFound";
      const verdict = move(memory, "RestoreReady");
      if (!verdict.accepted) return verdict;
      memory.restoring = deliver;
      memory.wasReady = true;
      memory.initialised.resolve({ ok: true });
      memory.onWaiting();
      return accepted;
    },
    deliver(requestId, event, sink) {
      const answer = createDeferred<RuntimeAnswer>();
      memory.current = { requestId, event, sink, answer, isAnswered: false, letGo: undefined };
      hand(memory);
      return answer.promise;
    },
    restore() {
      const { restoring } = memory;
      memory.restoring = undefined;
      if (restoring !== undefined) memory.state = "Restoring";
      restoring?.();
      return memory.restored.promise;
    },
    wasReady: () => memory.wasReady,
    isWaiting: () => memory.waiting !== undefined || memory.restoring !== undefined,
  };
}
