// One environment as the Runtime API sees it: what the API passes on, and how it is told to answer.

/** An event on its way into an environment. */
export interface NextEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a runtime posted. */
export type RuntimePost =
  | {
      readonly kind: "response";
      readonly requestId: string;
      readonly body: Buffer;
      readonly isStreaming: boolean;
      readonly midStreamError: Buffer | undefined;
    }
  | { readonly kind: "error"; readonly requestId: string; readonly body: Buffer }
  /** A response over the limit; one in a mode that does not exist. */
  | { readonly kind: "tooLarge" | "invalidMode"; readonly requestId: string }
  | { readonly kind: "initError" | "restoreError"; readonly body: Buffer };

/** A call that is not allowed, in the Runtime API's words. */
export interface Refusal {
  readonly accepted: false;
  readonly status: number;
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The answer to a call. */
export type PostVerdict = { readonly accepted: true } | Refusal;

/** The environment. Calls come in the order in which the runtime made them. */
export interface RuntimePeer {
  /** A process inside has opened a connection. */
  onConnect(): void;
  /** The runtime asks for its next event; `deliver` answers, now or much later. */
  onNext(deliver: (event: NextEvent) => void): PostVerdict;
  onPost(post: RuntimePost): PostVerdict | "notFound";
  /** The runtime is ready to be snapshotted; `deliver` answers when it has been restored. */
  onRestoreNext(deliver: () => void): PostVerdict | "notFound";
}
