// One run of a runtime's process in an environment: its side of the Runtime API, as promises the environment waits for.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import type { NextEvent, PostVerdict, RuntimePeer, RuntimePost } from "../runtime-api/runtime-api.ts";

/** How the runtime answered an invocation. */
export type RuntimeAnswer = Exclude<RuntimePost, { kind: "initError" }>;

/** A runtime from its launch on. */
export interface RuntimeSession extends RuntimePeer {
  /** Its first `next`, or the error that it reported instead. */
  readonly initialised: Promise<{ ok: true } | { ok: false; body: Buffer }>;
  /** Hands over an event as soon as the runtime asks; resolves with what it posts. */
  deliver(requestId: string, event: NextEvent): Promise<RuntimeAnswer>;
  /** The runtime waits for its next event. */
  isWaiting(): boolean;
}

const accepted: PostVerdict = { accepted: true };

/** `onWaiting` is told whenever the runtime asks for an event and there is none. */
export function createRuntimeSession(onWaiting: () => void): RuntimeSession {
  const initialised = createDeferred<{ ok: true } | { ok: false; body: Buffer }>();
  let hasInitialised = false;
  let ready: ((event: NextEvent) => void) | undefined;
  let queued: NextEvent | undefined;
  let current: { readonly requestId: string; readonly answer: Deferred<RuntimeAnswer> } | undefined;

  function hand(): void {
    if (ready === undefined || queued === undefined) return;
    const [deliver, event] = [ready, queued];
    ready = undefined;
    queued = undefined;
    deliver(event);
  }

  return {
    initialised: initialised.promise,
    onNext(deliver) {
      ready = deliver;
      if (!hasInitialised) {
        hasInitialised = true;
        initialised.resolve({ ok: true });
      }
      if (queued === undefined) onWaiting();
      else hand();
    },
    onPost(post) {
      if (post.kind === "initError") {
        if (hasInitialised) {
          const errorMessage =
            "State transition from Ready to InitError failed for runtime. Error: State transition is not allowed";
          return { accepted: false, status: 403, errorType: "InvalidStateTransition", errorMessage };
        }
        initialised.resolve({ ok: false, body: post.body });
        return accepted;
      }
      if (current === undefined || current.requestId !== post.requestId || queued !== undefined) {
        return { accepted: false, status: 400, errorType: "InvalidRequestID", errorMessage: "Invalid request ID" };
      }
      const { answer } = current;
      current = undefined;
      answer.resolve(post);
      if (post.kind !== "tooLarge") return accepted;
      const errorMessage = "Exceeded maximum allowed payload size (6291556 bytes).";
      return { accepted: false, status: 413, errorType: "RequestEntityTooLarge", errorMessage };
    },
    deliver(requestId, event) {
      const answer = createDeferred<RuntimeAnswer>();
      current = { requestId, answer };
      queued = event;
      hand();
      return answer.promise;
    },
    isWaiting: () => ready !== undefined,
  };
}
