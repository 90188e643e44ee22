// The extensions of one environment as the Extensions API sees them: what the API passes on, and how it is told to answer.
import type { Refusal } from "../http/refusal.ts";

/** What an extension can be told. */
export type ExtensionEventType = "INVOKE" | "SHUTDOWN";

/** An event on its way to an extension. */
export interface ExtensionEvent {
  readonly eventType: ExtensionEventType;
  /** JSON. */
  readonly body: string;
}

/** An extension that is known from here on. */
export interface Registered {
  readonly accepted: true;
  readonly identifier: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

/** The extensions. */
export interface ExtensionsPeer {
  /** `events` are as the extension spells them, checked by nobody yet. */
  register(name: string, events: readonly string[]): Registered | Refusal;
  /** Whether an extension has this identifier. */
  knows(identifier: string): boolean;
  /** It asks for its next event; `deliver` answers, now or much later. */
  onNext(identifier: string, deliver: (event: ExtensionEvent) => void): { readonly accepted: true } | Refusal;
  /** It says that it can't begin, or can't go on. */
  onError(identifier: string, during: "init" | "exit", errorType: string): { readonly accepted: true } | Refusal;
}
