// One execution environment: performs its life. Tied to one function version; one invocation at a time.
import type { Clock, Timer } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";
import { afterIo } from "../../foundation/host.ts";
import type { EnvironmentSpec, EnvironmentStarted, InvocationHeader, InvocationResult } from "../../link/messages.ts";
import { RESPONSE_BYTES_MAX, type RuntimeApi } from "../runtime-api/runtime-api.ts";
import type { Launch, RuntimeExit, Sandbox } from "../sandboxes/sandbox-driver.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import { type EnvironmentEvent, type EnvironmentState, type InitFailure, transition } from "./environment-state.ts";
import { errorTypeOf, exited, type FunctionError, responseTooLarge, timedOut } from "./function-errors.ts";
import { endLine, initReportLine, initStartLine, type Report, reportLine, startLine } from "./platform-lines.ts";
import { createRuntimeSession, type RuntimeAnswer, type RuntimeSession } from "./runtime-session.ts";

/** Source: Lambda Developer Guide, "Lambda execution environment lifecycle". */
const INIT_TIMEOUT_MS = 10_000;
/** Long enough that a client's next request in a row finds the environment awake, short enough to be no background time. */
const FREEZE_AFTER_MS = 10;

/** What an environment is made with. */
export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly runtimeApi: RuntimeApi;
  readonly sandbox: Sandbox;
  readonly log: EnvironmentLog;
  readonly launch: Launch;
  /** Told once, when the environment has ended by itself. */
  readonly onGone: () => void;
}

/** A live environment. */
export interface Environment {
  readonly spec: EnvironmentSpec;
  isBusy(): boolean;
  initialise(): Promise<EnvironmentStarted>;
  invoke(header: InvocationHeader, event: Buffer): Promise<{ result: InvocationResult; body: Buffer }>;
  /** Ends it, whatever it is doing. */
  stop(): Promise<void>;
}

interface RuntimeRun {
  readonly session: RuntimeSession;
  readonly exit: Promise<RuntimeExit>;
}

type Ending =
  | { readonly by: "answer"; readonly answer: RuntimeAnswer }
  | { readonly by: "exit"; readonly exit: RuntimeExit }
  | { readonly by: "initError"; readonly body: Buffer }
  | { readonly by: "timeout" };

/** An environment whose sandbox stands; nothing of it runs before `initialise`. */
export function createEnvironment(spec: EnvironmentSpec, deps: EnvironmentDeps): Environment {
  const { clock, sandbox, log, runtimeApi } = deps;
  let state: EnvironmentState = { state: "Specialising" };
  let run: RuntimeRun | undefined;
  let freezing: Timer | undefined;
  let isFrozen = false;
  /** What is left to do of the last invocation, after its answer: its END and REPORT. */
  let finishing: (() => void) | undefined;

  function move(event: EnvironmentEvent): void {
    const next = transition(state, event);
    if (next === undefined) throw new Fault(`an environment in state ${state.state} can't be ${event.event}`);
    state = next;
  }

  function thaw(): void {
    freezing?.[Symbol.dispose]();
    freezing = undefined;
    if (isFrozen) sandbox.thaw();
    isFrozen = false;
  }

  function freezeSoon(): void {
    freezing?.[Symbol.dispose]();
    freezing = clock.after(FREEZE_AFTER_MS, () => {
      if (state.state !== "Idle" || !(run?.session.isWaiting() ?? false)) return;
      sandbox.freeze();
      isFrozen = true;
    });
  }

  /** Starts the runtime's process, for the first time or again. */
  function start(): RuntimeRun {
    const session = createRuntimeSession(() => {
      if (state.state === "Idle") freezeSoon();
    });
    runtimeApi.attach(sandbox.identity, session);
    const started: RuntimeRun = { session, exit: sandbox.launch(deps.launch) };
    run = started;
    void started.exit.then((exit) => {
      // Between invocations the loss of the runtime costs the environment: the next call gets a fresh one.
      if (run !== started || state.state !== "Idle" || state.failure !== undefined) return;
      move({ event: "runtimeLost", failure: { kind: "error", errorType: "Runtime.ExitError", body: undefined } });
      if (exit.kind !== "noBootstrap") void end().then(deps.onGone);
    });
    return started;
  }

  async function end(): Promise<void> {
    finishing?.();
    freezing?.[Symbol.dispose]();
    if (state.state !== "Gone" && state.state !== "ShuttingDown") move({ event: "stopping" });
    runtimeApi.detach(sandbox.identity);
    await sandbox[Symbol.asyncDispose]();
    sandbox.drainOutput();
    log.flush();
    if (state.state !== "Gone") move({ event: "gone" });
  }

  /** Whichever comes first. The timer is called off when something else does. */
  async function firstOf(timeoutMs: number, endings: readonly Promise<Ending>[]): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    using timer = clock.after(timeoutMs, () => resolve({ by: "timeout" }));
    void timer;
    return await Promise.race([promise, ...endings]);
  }

  const exitOf = (running: RuntimeRun): Promise<Ending> => running.exit.then((exit) => ({ by: "exit", exit }));
  const initErrorOf = (running: RuntimeRun): Promise<Ending> =>
    running.session.initialised.then((it) =>
      it.ok ? new Promise<Ending>(() => undefined) : { by: "initError", body: it.body },
    );

  function failureOf(ending: Ending): InitFailure {
    if (ending.by === "timeout") return { kind: "timeout" };
    if (ending.by === "initError") return { kind: "error", errorType: errorTypeOf(ending.body), body: ending.body };
    const exit = ending.by === "exit" ? ending.exit : ({ kind: "sandboxGone" } as const);
    const wasOutOfMemory = sandbox.stats().outOfMemoryKills > 0;
    return { kind: "error", errorType: exited("", exit, wasOutOfMemory).errorType, body: undefined };
  }

  const statusOf = (failure: InitFailure): NonNullable<Report["failure"]> =>
    failure.kind === "timeout" ? { status: "timeout" } : { status: "error", errorType: failure.errorType };

  async function initialise(): Promise<EnvironmentStarted> {
    const startedMs = clock.elapsedMs();
    move({ event: "created", nowMs: startedMs });
    log.platform(initStartLine(spec.runtime.replace(/^([a-z]+)([\d.]+)/u, "$1:$2"), spec.runtimeVersionArn));
    sandbox.setCpu("boosted");
    const running = start();
    const initialised = running.session.initialised.then((it): Ending | Promise<Ending> =>
      it.ok ? { by: "answer", answer: { kind: "tooLarge", requestId: "" } } : { by: "initError", body: it.body },
    );
    const ending = await firstOf(INIT_TIMEOUT_MS, [initialised, exitOf(running)]);
    const initMs = clock.elapsedMs() - startedMs;
    sandbox.setCpu("proportional");
    if (ending.by === "answer") {
      move({ event: "initialised", nowMs: clock.elapsedMs() });
      freezeSoon();
    } else {
      sandbox.drainOutput();
      const failure = failureOf(ending);
      log.platform(initReportLine(initMs, "init", statusOf(failure)));
      run = undefined;
      await sandbox.killRuntime();
      move({ event: "initFailed", failure });
    }
    return { initialised: ending.by === "answer", phasesMs: { ...sandbox.phasesMs, init: initMs } };
  }

  function nextEvent(header: InvocationHeader, deadlineMs: number, body: Buffer) {
    const headers: Record<string, string> = {
      "Lambda-Runtime-Aws-Request-Id": header.requestId,
      "Lambda-Runtime-Deadline-Ms": String(Math.round(deadlineMs)),
      "Lambda-Runtime-Invoked-Function-Arn": header.functionArn,
      "Lambda-Runtime-Trace-Id": header.traceId,
    };
    if (header.clientContext !== undefined) headers["Lambda-Runtime-Client-Context"] = header.clientContext;
    return { headers, body };
  }

  /** The ending as an error of the function; undefined for a response. */
  function errorOf(ending: Ending, requestId: string): FunctionError | undefined {
    if (ending.by === "timeout") return timedOut(requestId, spec.timeoutMs);
    if (ending.by === "exit") return exited(requestId, ending.exit, sandbox.stats().outOfMemoryKills > 0);
    if (ending.by === "initError") return { errorType: errorTypeOf(ending.body), body: ending.body };
    const { answer } = ending;
    if (answer.kind === "tooLarge") return responseTooLarge(RESPONSE_BYTES_MAX);
    if (answer.kind === "error") return { errorType: errorTypeOf(answer.body), body: answer.body };
    return answer.midStreamError === undefined
      ? undefined
      : { errorType: errorTypeOf(answer.midStreamError), body: answer.midStreamError };
  }

  async function invoke(header: InvocationHeader, event: Buffer): Promise<{ result: InvocationResult; body: Buffer }> {
    const hadFailed = state.state === "Idle" && state.failure !== undefined;
    move({ event: "invoked", requestId: header.requestId });
    const initMs = state.state === "Busy" ? state.initMs : undefined;
    finishing?.();
    thaw();
    log.beginTail();
    log.platform(startLine(header.requestId, spec.version));
    const startedMs = clock.elapsedMs();
    const deadlineMs = clock.nowMs() + spec.timeoutMs;
    const running = hadFailed || run === undefined ? start() : run;
    const answer = running.session
      .deliver(header.requestId, nextEvent(header, deadlineMs, event))
      .then((it): Ending => ({ by: "answer", answer: it }));
    const ending = await firstOf(spec.timeoutMs, [answer, exitOf(running), initErrorOf(running)]);
    const durationMs = ending.by === "timeout" ? spec.timeoutMs : clock.elapsedMs() - startedMs;
    const error = errorOf(ending, header.requestId);
    finishing = () => {
      finishing = undefined;
      sandbox.drainOutput();
      log.platform(endLine(header.requestId));
      log.platform(
        reportLine({
          requestId: header.requestId,
          durationMs,
          initMs,
          memoryMiB: spec.memoryMiB,
          peakMemoryBytes: sandbox.stats().peakMemoryBytes,
          failure:
            ending.by === "answer" || error === undefined
              ? undefined
              : ending.by === "timeout"
                ? { status: "timeout" }
                : { status: "error", errorType: error.errorType },
        }),
      );
    };
    // Reading what was written and the memory figures costs as much as a whole round trip: the answer goes first
    // unless it carries the log.
    if (header.wantsLogTail || ending.by !== "answer") finishing();
    else afterIo(() => finishing?.());
    const environmentGone = ending.by !== "answer";
    if (!environmentGone) move({ event: "answered" });
    if (environmentGone) void end().then(deps.onGone);
    else if (running.session.isWaiting()) freezeSoon();
    const body =
      error?.body ??
      (ending.by === "answer" && ending.answer.kind === "response" ? ending.answer.body : Buffer.alloc(0));
    return {
      result: {
        functionError: error === undefined ? undefined : "Unhandled",
        logTail: header.wantsLogTail ? log.tail() : undefined,
        environmentGone,
      },
      body,
    };
  }

  return {
    spec,
    isBusy: () => state.state !== "Idle",
    initialise,
    invoke,
    stop: end,
  };
}
