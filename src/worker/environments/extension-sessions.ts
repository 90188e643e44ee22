// The extensions of one run of an environment, from their start on: their side of the Extensions API, as promises that the
// environment waits for.
import { createDeferred, type Deferred } from "../../foundation/deferred.ts";
import { Fault } from "../../foundation/fault.ts";
import { newUuid } from "../../foundation/ids.ts";
import { forbidden } from "../extensions-api/extensions-api.ts";
import type {
  ExtensionEvent,
  ExtensionEventType,
  ExtensionsPeer,
  Registered,
} from "../extensions-api/extensions-peer.ts";
import type { Refusal } from "../http/refusal.ts";
import type { RuntimeExit } from "../sandboxes/sandbox-driver.ts";
import { allowsCall, type ExtensionCall, type ExtensionState, extensionTransitionMessage } from "./extension-state.ts";

/** External and internal ones together. Source: Lambda Developer Guide, Extensions API. */
const EXTENSIONS_MAX = 10;
const EVENT_TYPES: readonly string[] = ["INVOKE", "SHUTDOWN"] satisfies ExtensionEventType[];
/** What shells say of what they can't run. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** Why an environment ends, as extensions are told. */
export type ShutdownReason = "spindown" | "timeout" | "failure";

/** An extension that ended the environment it was in. */
export interface ExtensionFailure {
  /** `Extension.Crash` and its like. */
  readonly errorType: string;
  readonly name: string;
  /** As AWS says it behind `Error:`. */
  readonly about: string;
}

/** An extension as the log shows it. */
export interface ExtensionSummary {
  readonly name: string;
  readonly state: ExtensionState;
  readonly events: readonly string[];
  readonly errorType: string | undefined;
}

/** Whose extensions they are. */
export interface ExtensionOwner {
  readonly functionName: string;
  readonly version: string;
  readonly handler: string;
  readonly accountId: string;
}

/** What becomes of an invocation that an extension hears of. */
export interface InvokeNotice {
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly traceId: string;
}

interface Session {
  readonly identifier: string;
  readonly name: string;
  /** It has a process of its own. */
  readonly isExternal: boolean;
  state: ExtensionState;
  events: readonly string[];
  errorType: string | undefined;
  /** Answers the request that it waits on. */
  waiting: ((event: ExtensionEvent) => void) | undefined;
  /** What it gets when it asks the next time. */
  pending: ExtensionEvent | undefined;
  isGone: boolean;
}

interface Awaited {
  readonly isReached: () => boolean;
  readonly deferred: Deferred<void>;
}

function exitText(exit: RuntimeExit): string {
  switch (exit.kind) {
    case "exited":
      return exit.code === 0 ? "exit code 0" : `exit status ${exit.code}`;
    case "signalled":
      return exit.signal === 9 ? "signal: killed" : `signal: ${exit.signal}`;
    default:
      return "signal: killed";
  }
}

/** Why an extension's end ends the environment. */
function failureOf({ name, state, errorType }: Session, exit: RuntimeExit): ExtensionFailure {
  if (state === "InitError") return { errorType: "Extension.InitError", name, about: errorType ?? exitText(exit) };
  if (state === "ExitError") return { errorType: "Extension.ExitError", name, about: errorType ?? exitText(exit) };
  if (state === "Started" && exit.kind === "exited" && exit.code === NOT_EXECUTABLE)
    return { errorType: "Extension.LaunchError", name, about: `fork/exec /opt/extensions/${name}: permission denied` };
  if (state === "Started" && exit.kind === "exited" && exit.code === NOT_FOUND)
    return {
      errorType: "Extension.LaunchError",
      name,
      about: `fork/exec /opt/extensions/${name}: no such file or directory`,
    };
  return { errorType: "Extension.Crash", name, about: exitText(exit) };
}

/** The extensions of one run. */
export class ExtensionSessions implements ExtensionsPeer {
  readonly #owner: ExtensionOwner;
  readonly #sessions = new Map<string, Session>();
  readonly #failed = createDeferred<ExtensionFailure>();
  readonly #awaited: Awaited[] = [];
  #takesInternal = true;
  #isEnding = false;

  /** `external`: file names in /opt/extensions, which are being started. */
  constructor(owner: ExtensionOwner, external: readonly string[]) {
    this.#owner = owner;
    for (const name of external) this.#add(name, true);
  }

  /** The first failure of any, before the end was asked for. */
  get failed(): Promise<ExtensionFailure> {
    return this.#failed.promise;
  }

  hasAny(): boolean {
    return this.#sessions.size > 0;
  }

  hasExternal(): boolean {
    return this.#some((it) => it.isExternal);
  }

  summaries(): readonly ExtensionSummary[] {
    return [...this.#sessions.values()].map(({ name, state, events, errorType }) => {
      // One that was handed its first event already has been ready.
      return { name, state: state === "Running" ? "Ready" : state, events, errorType };
    });
  }

  nameOf(identifier: string): string | undefined {
    return this.#sessions.get(identifier)?.name;
  }

  /** Every external one has registered. */
  registered(): Promise<void> {
    return this.#until(() => !this.#some((it) => it.state === "Started"));
  }

  /** Every one waits for its first event. From here on none can register. */
  ready(): Promise<void> {
    this.#takesInternal = false;
    return this.#until(() => !this.#some((it) => it.state !== "Ready"));
  }

  /** Tells those that want to know of an invocation. */
  invoke({ deadlineMs, requestId, invokedFunctionArn, traceId }: InvokeNotice): void {
    if (this.#sessions.size === 0) return;
    const body = JSON.stringify({
      eventType: "INVOKE",
      deadlineMs,
      requestId,
      invokedFunctionArn,
      tracing: { type: "X-Amzn-Trace-Id", value: traceId },
    });
    this.#tell({ eventType: "INVOKE", body });
  }

  /** None is at work on the invocation any more. */
  areDone(): boolean {
    return !this.#some((it) => it.state === "Running" || it.pending !== undefined);
  }

  done(): Promise<void> {
    return this.#until(() => this.areDone());
  }

  /** Tells those that want to know of the end; resolves when they have gone. */
  async shutdown(shutdownReason: ShutdownReason, deadlineMs: number): Promise<void> {
    this.#isEnding = true;
    const body = JSON.stringify({ eventType: "SHUTDOWN", shutdownReason, deadlineMs });
    this.#tell({ eventType: "SHUTDOWN", body });
    await this.#until(() => !this.#some((it) => it.isExternal && it.events.includes("SHUTDOWN") && !it.isGone));
  }

  /** From here on an extension's end is no failure. */
  beginEnd(): void {
    this.#isEnding = true;
  }

  /** An external one's process has ended. */
  exited(name: string, exit: RuntimeExit): void {
    const session = [...this.#sessions.values()].find((it) => it.isExternal && it.name === name);
    if (session === undefined) return;
    const failure = failureOf(session, exit);
    session.isGone = true;
    session.errorType ??= failure.errorType;
    if (session.state !== "InitError" && session.state !== "ExitError")
      session.state = failure.errorType === "Extension.LaunchError" ? "LaunchError" : "Exited";
    if (!this.#isEnding) this.#failed.resolve(failure);
    this.#check();
  }

  register(name: string, events: readonly string[]): Registered | Refusal {
    const known = [...this.#sessions.values()].find((it) => it.name === name);
    const isExternal = known?.isExternal === true;
    for (const event of events) {
      if (!EVENT_TYPES.includes(event))
        return forbidden("Extension.InvalidEventType", `${event}: ErrorInvalidEventType`);
      if (event === "SHUTDOWN" && !isExternal)
        return forbidden("Extension.InvalidEventType", `${event}: ShutdownEventNotSupportedForInternalExtension`);
    }
    if (!isExternal) {
      if (!this.#takesInternal)
        return forbidden("Extension.RegistrationClosed", "Extension registration closed already");
      if (known !== undefined)
        return forbidden("Extension.InvalidExtensionState", "Extension with this name already registered");
      if (this.#sessions.size >= EXTENSIONS_MAX)
        return forbidden("Extension.TooManyExtensions", `Extension limit (${EXTENSIONS_MAX}) reached`);
    }
    const session = known ?? this.#add(name, false);
    const refusal = this.#refusal(session, "Registered");
    if (refusal !== undefined) return refusal;
    session.state = "Registered";
    session.events = [...new Set(events)];
    this.#check();
    const { functionName, version, handler, accountId } = this.#owner;
    return {
      accepted: true,
      identifier: session.identifier,
      functionName,
      functionVersion: version,
      handler,
      accountId,
    };
  }

  knows(identifier: string): boolean {
    return this.#sessions.has(identifier);
  }

  onNext(identifier: string, deliver: (event: ExtensionEvent) => void): { readonly accepted: true } | Refusal {
    const session = this.#of(identifier);
    const refusal = this.#refusal(session, "Ready");
    if (refusal !== undefined) return refusal;
    session.state = "Ready";
    session.waiting = deliver;
    const { pending } = session;
    session.pending = undefined;
    if (pending !== undefined) this.#hand(session, pending);
    this.#check();
    return { accepted: true };
  }

  onError(identifier: string, during: "init" | "exit", errorType: string): { readonly accepted: true } | Refusal {
    const session = this.#of(identifier);
    const call = during === "init" ? "InitError" : "ExitError";
    const refusal = this.#refusal(session, call);
    if (refusal !== undefined) return refusal;
    session.state = call;
    session.errorType ??= errorType;
    if (!this.#isEnding)
      this.#failed.resolve({ errorType: `Extension.${call}`, name: session.name, about: session.errorType });
    return { accepted: true };
  }

  #add(name: string, isExternal: boolean): Session {
    const session: Session = {
      identifier: newUuid(),
      name,
      isExternal,
      state: "Started",
      events: [],
      errorType: undefined,
      waiting: undefined,
      pending: undefined,
      isGone: false,
    };
    this.#sessions.set(session.identifier, session);
    return session;
  }

  #of(identifier: string): Session {
    const session = this.#sessions.get(identifier);
    if (session === undefined) throw new Fault("an extension that nobody knows was not refused");
    return session;
  }

  #refusal({ state, name }: Session, call: ExtensionCall): Refusal | undefined {
    if (allowsCall(state, call)) return undefined;
    return forbidden("Extension.InvalidExtensionState", extensionTransitionMessage(state, call, name));
  }

  #tell(event: ExtensionEvent): void {
    for (const session of this.#sessions.values()) {
      if (!session.events.includes(event.eventType)) continue;
      if (session.waiting === undefined) session.pending = event;
      else this.#hand(session, event);
    }
  }

  #hand(session: Session, event: ExtensionEvent): void {
    const { waiting } = session;
    session.waiting = undefined;
    session.state = "Running";
    waiting?.(event);
  }

  #some(predicate: (session: Session) => boolean): boolean {
    for (const session of this.#sessions.values()) if (predicate(session)) return true;
    return false;
  }

  /** Resolves when it holds, now or after some call; what is waited for no longer is forgotten with the run. */
  #until(isReached: () => boolean): Promise<void> {
    const deferred = createDeferred<void>();
    if (isReached()) deferred.resolve();
    else this.#awaited.push({ isReached, deferred });
    return deferred.promise;
  }

  #check(): void {
    for (const awaited of this.#awaited.filter((it) => it.isReached())) {
      this.#awaited.splice(this.#awaited.indexOf(awaited), 1);
      awaited.deferred.resolve();
    }
  }
}
