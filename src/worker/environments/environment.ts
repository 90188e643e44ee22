// One execution environment: performs its life. Tied to one function version; one invocation at a time.
import type { Clock } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";
import { afterIo } from "../../foundation/host.ts";
import type {
  EnvironmentSpec,
  EnvironmentStarted,
  EnvironmentTransition,
  InvocationHeader,
  InvocationResult,
} from "../../link/messages.ts";
import type { NextEvent } from "../runtime-api/runtime-peer.ts";
import type { Launch, Sandbox } from "../sandboxes/sandbox-driver.ts";
import { Telemetry } from "../telemetry-api/telemetry.ts";
import { type Ending, errorOf, initFailureOf, initStatus, invocationStatus, shutdownReasonOf } from "./ending.ts";
import type { EnvironmentApis } from "./environment-apis.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import { beginRun, type EnvironmentRun } from "./environment-run.ts";
import { type EnvironmentEvent, type EnvironmentState, transition } from "./environment-state.ts";
import type { ShutdownReason } from "./extension-sessions.ts";
import { createFreezer, type Freezer } from "./freezer.ts";
import type { FunctionError } from "./function-errors.ts";
import { initTimeoutMs } from "./init-timeout.ts";
import { createInvocationRecord, type InvocationRecord } from "./invocation-record.ts";
import type { InitPhase } from "./platform-events.ts";
import type { ResponseSink } from "./runtime-session.ts";
import { shutDown } from "./shutdown.ts";

const NOTHING = Buffer.alloc(0);

/** What an environment is made with. */
export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly apis: EnvironmentApis;
  readonly sandbox: Sandbox;
  readonly log: EnvironmentLog;
  readonly launch: Launch;
  /** How its sandbox was come by. */
  readonly origin: Omit<EnvironmentStarted, "initialised">;
  /** Told of every change of state. */
  readonly onTransition: (transition: EnvironmentTransition) => void;
  /** Told once, when the environment has ended by itself. */
  readonly onGone: () => void;
}

/** Where an invocation's answer goes, as far as it goes before the invocation's end. */
export interface AnswerAhead {
  /** Where the response goes as it is written; undefined where all of it is wanted at once. */
  readonly sink: ResponseSink | undefined;
  /** The runtime is done, and extensions are not. */
  answer(result: InvocationResult, body: Buffer): void;
}

/** A live environment. */
export interface Environment {
  readonly spec: EnvironmentSpec;
  isBusy(): boolean;
  initialise(): Promise<EnvironmentStarted>;
  /** Resolves when the environment is done with it: runtime and extensions. */
  invoke(
    header: InvocationHeader,
    event: Buffer,
    ahead: AnswerAhead,
  ): Promise<{ result: InvocationResult; body: Buffer }>;
  /** Ends it, whatever it is doing; its extensions have some time to go. */
  stop(): Promise<void>;
}

/** An environment whose sandbox stands; nothing of it runs before `initialise`. */
export function createEnvironment(spec: EnvironmentSpec, deps: EnvironmentDeps): Environment {
  return new LiveEnvironment(spec, deps);
}

class LiveEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly #deps: EnvironmentDeps;
  readonly #freezer: Freezer;
  readonly #telemetry: Telemetry;
  #state: EnvironmentState = { state: "Specialising" };
  #run: EnvironmentRun | undefined;
  #ended: Promise<void> | undefined;
  /** What is left to do of the last invocation, after its answer: its END and REPORT. */
  #finishing: (() => void) | undefined;
  #runtimeLaunchedMs = 0;

  constructor(spec: EnvironmentSpec, deps: EnvironmentDeps) {
    this.spec = spec;
    this.#deps = deps;
    const { clock, sandbox, log } = deps;
    this.#telemetry = new Telemetry({
      clock,
      address: sandbox.address,
      onSubscribed: (name, { api, categories }) =>
        log.platform({
          type: api === "2020-08-15" ? "logsSubscription" : "telemetrySubscription",
          name,
          state: "Subscribed",
          types: categories,
        }),
    });
    log.listen(this.#telemetry);
    this.#freezer = createFreezer(clock, this.#freezable(), () => this.#state.state === "Idle" && this.#isWaiting());
  }

  isBusy(): boolean {
    return this.#state.state !== "Idle";
  }

  async initialise(): Promise<EnvironmentStarted> {
    const { clock, sandbox } = this.#deps;
    const startedMs = clock.elapsedMs();
    this.#move({ event: "created", nowMs: startedMs });
    this.#openTelemetry();
    this.#logInitStart("init");
    sandbox.setCpu("boosted");
    const run = this.#start("init");
    const toldMs = clock.elapsedMs();
    let bootedMs: number | undefined;
    void run.session.connected.then(() => (bootedMs = clock.elapsedMs()));
    const ending = await this.#until(initTimeoutMs(this.spec), run, (settle) => void run.ready.then(settle));
    const endedMs = clock.elapsedMs();
    sandbox.setCpu("proportional");
    const failure = initFailureOf(ending);
    this.#logInitReport("init", endedMs - startedMs, ending, run);
    if (failure === undefined) {
      this.#watchIdle(run);
      this.#move({ event: "initialised", nowMs: clock.elapsedMs() });
      this.#freezer.freezeSoon();
    } else {
      this.#run = undefined;
      run.extensions.beginEnd();
      await sandbox.killRuntime();
      this.#move({ event: "initFailed", failure });
    }
    const { phasesMs, poolLevel, poolMiss } = this.#deps.origin;
    const launchedMs = Math.max(toldMs, this.#runtimeLaunchedMs);
    const runtimeMs = bootedMs ?? launchedMs;
    return {
      initialised: failure === undefined,
      phasesMs: {
        ...phasesMs,
        specialise: (phasesMs["specialise"] ?? 0) + toldMs - startedMs,
        ...(run.extensions.hasExternal() ? { extensions: launchedMs - toldMs } : {}),
        ...(poolLevel === 2 ? {} : { boot: runtimeMs - launchedMs }),
        init: endedMs - runtimeMs,
      },
      poolLevel,
      poolMiss,
    };
  }

  async invoke(
    header: InvocationHeader,
    event: Buffer,
    ahead: AnswerAhead,
  ): Promise<{ result: InvocationResult; body: Buffer }> {
    const { clock, log } = this.#deps;
    const { requestId, traceId, wantsLogTail } = header;
    const needsInit = this.#state.state === "Idle" && this.#state.failure !== undefined;
    this.#move({ event: "invoked", requestId });
    const initMs = this.#state.state === "Busy" ? this.#state.initMs : undefined;
    this.#finishing?.();
    this.#freezer.thaw();
    log.beginTail(wantsLogTail);
    const record = createInvocationRecord({ clock, spec: this.spec, requestId, traceId, initMs });
    log.platform(record.start());
    const run = needsInit || this.#run === undefined ? this.#start("invoke") : this.#run;
    const answered = await this.#deliver(run, {
      header,
      event,
      needsInit,
      sink: ahead.sink && record.timed(ahead.sink),
    });
    record.runtimeDone(answered, errorOf(answered, requestId, this.spec.timeoutMs));
    const ending = await this.#awaitExtensions(run, answered, record, header, ahead);
    const error = errorOf(answered, requestId, this.spec.timeoutMs);
    const environmentGone = ending.by !== "answer";
    this.#finishing = () => this.#finish(record, ending);
    // Reading what was written and the memory figures costs as much as a whole round trip: the answer goes first
    // unless it carries the log.
    if (wantsLogTail || environmentGone) this.#finishing();
    else afterIo(() => this.#finishing?.());
    if (environmentGone) void this.#stop(shutdownReasonOf(ending)).then(this.#deps.onGone);
    else {
      this.#watchIdle(run);
      this.#move({ event: "answered" });
      if (this.#isWaiting()) this.#freezer.freezeSoon();
    }
    const logTail = wantsLogTail ? log.tail() : undefined;
    return this.#answer(answered, error, ahead, { logTail, environmentGone });
  }

  stop(): Promise<void> {
    return this.#stop("spindown");
  }

  #stop(reason: ShutdownReason): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  /** Whether the runtime asks for an event, and every extension too. */
  #isWaiting(): boolean {
    return this.#run?.session.isWaiting() ?? false;
  }

  /** What is frozen knows that it is: nobody expects subscribers inside to take anything. */
  #freezable(): Pick<Sandbox, "freeze" | "thaw"> {
    const { sandbox } = this.#deps;
    return {
      freeze: () => {
        this.#telemetry.setAwake(false);
        sandbox.freeze();
      },
      thaw: () => {
        sandbox.thaw();
        this.#telemetry.setAwake(true);
      },
    };
  }

  /** Where nobody can subscribe, nothing is kept for anybody. */
  #openTelemetry(): void {
    if (this.#deps.launch.extensions.length > 0) this.#telemetry.open();
  }

  /** Starts extensions and runtime, for the first time or again. */
  #start(phase: InitPhase): EnvironmentRun {
    const { clock, sandbox, apis, launch } = this.#deps;
    if (phase === "invoke") this.#openTelemetry();
    const deps = {
      spec: this.spec,
      sandbox,
      launch,
      onWaiting: () => {
        if (this.#state.state === "Idle") this.#freezer.freezeSoon();
      },
      onRuntimeLaunched: () => (this.#runtimeLaunchedMs = clock.elapsedMs()),
      onRuntimeDone: (ending: Ending) => this.#logInitRuntimeDone(phase, ending),
    };
    this.#run = beginRun(deps, (run) =>
      apis.attach(sandbox.identity, {
        onConnect: run.session.onConnect,
        runtime: run.session,
        extensions: run.extensions,
        telemetry: this.#telemetry,
      }),
    );
    return this.#run;
  }

  /** Between invocations the loss of the runtime or of an extension costs the environment: the next call gets a fresh one. */
  #watchIdle(run: EnvironmentRun): void {
    run.watch((ending) => {
      if (this.#run === run && this.#state.state === "Idle")
        void this.#stop(shutdownReasonOf(ending)).then(this.#deps.onGone);
    });
  }

  /** Delivers the event, to a runtime that is started anew where the last initialisation failed. */
  async #deliver(
    run: EnvironmentRun,
    of: { header: InvocationHeader; event: Buffer; needsInit: boolean; sink: ResponseSink | undefined },
  ): Promise<Ending> {
    const { clock } = this.#deps;
    const { header, needsInit } = of;
    const { requestId, functionArn, traceId } = header;
    const startedMs = clock.elapsedMs();
    const deadlineMs = clock.nowMs() + this.spec.timeoutMs;
    const notice = { deadlineMs: Math.round(deadlineMs), requestId, invokedFunctionArn: functionArn, traceId };
    const ending = await this.#until(this.spec.timeoutMs, run, (settle) => {
      const next = this.#nextEvent(header, deadlineMs, of.event);
      void run.session.deliver(requestId, next, of.sink).then((answer) => settle({ by: "answer", answer }));
      if (!needsInit) return run.extensions.invoke(notice);
      // An attempt that fails again ends the invocation.
      void run.ready.then((it) => {
        this.#telemetry.seal();
        if (it.by === "ready") run.extensions.invoke(notice);
        else settle(it);
      });
    });
    if (needsInit && !run.session.wasReady()) this.#logInitReport("invoke", clock.elapsedMs() - startedMs, ending, run);
    return ending;
  }

  /** The invocation goes on until its extensions are done too, within the function's timeout. */
  async #awaitExtensions(
    run: EnvironmentRun,
    answered: Ending,
    record: InvocationRecord,
    { wantsLogTail }: InvocationHeader,
    ahead: AnswerAhead,
  ): Promise<Ending> {
    const { sandbox, log } = this.#deps;
    if (!run.extensions.hasAny()) return answered;
    // Extensions wait for this before they say that they are done.
    sandbox.drainOutput();
    log.platform(record.takeRuntimeDone());
    if (answered.by !== "answer" || run.extensions.areDone()) return answered;
    if (!wantsLogTail) {
      const error = errorOf(answered, record.requestId, this.spec.timeoutMs);
      const { result, body } = this.#answer(answered, error, ahead, { logTail: undefined, environmentGone: false });
      ahead.answer(result, body);
    }
    const leftMs = Math.max(0, this.spec.timeoutMs - record.elapsedMs());
    return await this.#until(leftMs, run, (settle) => void run.extensions.done().then(() => settle(answered)));
  }

  #answer(
    answered: Ending,
    error: FunctionError | undefined,
    { sink }: AnswerAhead,
    more: Pick<InvocationResult, "logTail" | "environmentGone">,
  ): { result: InvocationResult; body: Buffer } {
    const response = answered.by === "answer" && answered.answer.kind === "response" ? answered.answer.body : NOTHING;
    const result: InvocationResult = {
      functionError: error === undefined ? undefined : "Unhandled",
      errorType: error?.errorType,
      ...more,
    };
    if (error !== undefined) return { result, body: error.body };
    if (sink === undefined || response.length === 0) return { result, body: response };
    // What came whole goes the way of what is streamed.
    sink.write(response);
    return { result, body: NOTHING };
  }

  async #end(reason: ShutdownReason): Promise<void> {
    const { clock, sandbox, apis, log } = this.#deps;
    this.#finishing?.();
    this.#freezer.thaw();
    this.#move({ event: "stopping" });
    const run = this.#run;
    if (run !== undefined) await shutDown({ clock, sandbox, run, telemetry: this.#telemetry }, reason);
    this.#telemetry[Symbol.dispose]();
    apis.detach(sandbox.identity);
    await sandbox[Symbol.asyncDispose]();
    await log.flush();
    this.#move({ event: "gone" });
  }

  #move(event: EnvironmentEvent): void {
    const from = this.#state;
    const next = transition(from, event);
    if (next === undefined) throw new Fault(`an environment in state ${from.state} can't be ${event.event}`);
    this.#state = next;
    const { environmentId } = this.spec;
    this.#deps.onTransition({ environmentId, from: from.state, to: next.state, atMs: this.#deps.clock.nowMs() });
  }

  /** What `begin` brings about, the run's end or the time's, whichever comes first. */
  async #until(
    timeoutMs: number,
    run: EnvironmentRun,
    begin: (settle: (ending: Ending) => void) => void,
  ): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    using _timer = this.#deps.clock.after(timeoutMs, () => resolve({ by: "timeout" }));
    run.watch(resolve);
    begin(resolve);
    return await promise;
  }

  #nextEvent(header: InvocationHeader, deadlineMs: number, body: Buffer): NextEvent {
    const headers: Record<string, string> = {
      "Lambda-Runtime-Aws-Request-Id": header.requestId,
      "Lambda-Runtime-Deadline-Ms": String(Math.round(deadlineMs)),
      "Lambda-Runtime-Invoked-Function-Arn": header.functionArn,
      "Lambda-Runtime-Trace-Id": header.traceId,
    };
    if (header.clientContext !== undefined) headers["Lambda-Runtime-Client-Context"] = header.clientContext;
    return { headers, body };
  }

  #logInitStart(phase: InitPhase): void {
    const { spec } = this;
    const { runtimeVersion, runtimeVersionArn, initializationType, functionName, memoryMiB } = spec;
    this.#deps.log.platform({
      type: "initStart",
      phase,
      initializationType,
      runtimeVersion,
      runtimeVersionArn,
      functionName,
      functionVersion: spec.version,
      instanceId: spec.environmentId,
      memoryMiB,
    });
  }

  #logInitRuntimeDone(phase: InitPhase, ending: Ending): void {
    const outcome = initStatus(initFailureOf(ending));
    const { initializationType } = this.spec;
    this.#deps.log.platform({ type: "initRuntimeDone", phase, initializationType, outcome });
  }

  #logInitReport(phase: InitPhase, durationMs: number, ending: Ending, { extensions }: EnvironmentRun): void {
    const { sandbox, log } = this.#deps;
    const outcome = initStatus(initFailureOf(ending));
    const { initializationType } = this.spec;
    sandbox.drainOutput();
    if (ending.by === "exit") this.#logInitRuntimeDone(phase, ending);
    for (const summary of extensions.summaries()) log.platform({ type: "extension", ...summary });
    log.platform({ type: "initReport", phase, initializationType, durationMs, outcome });
    this.#telemetry.seal();
  }

  /** END and REPORT, under everything that the function wrote before its answer. */
  #finish(record: InvocationRecord, ending: Ending): void {
    this.#finishing = undefined;
    const { sandbox, log } = this.#deps;
    sandbox.drainOutput();
    const error = errorOf(ending, record.requestId, this.spec.timeoutMs);
    for (const event of record.ended(invocationStatus(ending, error), sandbox.peakMemoryBytes())) log.platform(event);
  }
}
