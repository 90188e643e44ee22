// One environment as the Runtime API sees it: what the API passes on, and how it is told to answer.
import type { BodyFlow } from "../http/http-connection.ts";
import type { Refusal } from "../http/refusal.ts";

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

/** The answer to a call. */
export type PostVerdict = { readonly accepted: true } | Refusal;

/** Where a response goes that an invocation's client gets as it is written. */
export interface ResponseStream {
  data(chunk: Buffer): void;
  end(midStreamError: Buffer | undefined): void;
  /** The runtime ended before its response did. */
  cut(): void;
}

/** The environment. Calls come in the order in which the runtime made them. */
export interface RuntimePeer {
  /** The runtime asks for its next event; `deliver` answers, now or much later. */
  onNext(deliver: (event: NextEvent) => void): PostVerdict;
  onPost(post: RuntimePost): PostVerdict | "notFound";
  /** A runtime begins to stream a response: where its bytes go, or "gathered" where all of it is wanted at once. */
  onStream(requestId: string, flow: BodyFlow): ResponseStream | Refusal | "gathered";
  /** The runtime is ready to be snapshotted; `deliver` answers when it has been restored. */
  onRestoreNext(deliver: () => void): PostVerdict | "notFound";
}
