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
import type { RuntimeApi } from "../runtime-api/runtime-api.ts";
import type { NextEvent } from "../runtime-api/runtime-peer.ts";
import type { Launch, RuntimeExit, Sandbox } from "../sandboxes/sandbox-driver.ts";
import { type Ending, errorOf, initFailureOf, initStatus, invocationStatus } from "./ending.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import { type EnvironmentEvent, type EnvironmentState, transition } from "./environment-state.ts";
import { createFreezer, type Freezer } from "./freezer.ts";
import type { FunctionError } from "./function-errors.ts";
import { initTimeoutMs } from "./init-timeout.ts";
import type { InitPhase } from "./platform-events.ts";
import { createRuntimeSession, type RuntimeSession } from "./runtime-session.ts";

const NOTHING = Buffer.alloc(0);

/** What an environment is made with. */
export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly runtimeApi: RuntimeApi;
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
  readonly outOfMemoryKillsBefore: number;
}

/** An environment whose sandbox stands; nothing of it runs before `initialise`. */
export function createEnvironment(spec: EnvironmentSpec, deps: EnvironmentDeps): Environment {
  return new LiveEnvironment(spec, deps);
}

class LiveEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly #deps: EnvironmentDeps;
  readonly #freezer: Freezer;
  #state: EnvironmentState = { state: "Specialising" };
  #run: RuntimeRun | undefined;
  #ended: Promise<void> | undefined;
  /** What is left to do of the last invocation, after its answer: its END and REPORT. */
  #finishing: (() => void) | undefined;

  constructor(spec: EnvironmentSpec, deps: EnvironmentDeps) {
    this.spec = spec;
    this.#deps = deps;
    this.#freezer = createFreezer(
      deps.clock,
      deps.sandbox,
      () => this.#state.state === "Idle" && (this.#run?.session.isWaiting() ?? false),
    );
  }

  isBusy(): boolean {
    return this.#state.state !== "Idle";
  }

  async initialise(): Promise<EnvironmentStarted> {
    const { clock, sandbox } = this.#deps;
    const startedMs = clock.elapsedMs();
    this.#move({ event: "created", nowMs: startedMs });
    this.#logInitStart("init");
    sandbox.setCpu("boosted");
    const running = this.#launch();
    const toldMs = clock.elapsedMs();
    let bootedMs = toldMs;
    void running.session.connected.then(() => (bootedMs = clock.elapsedMs()));
    const ending = await this.#firstOf(initTimeoutMs(this.spec), [this.#readiness(running), this.#exitOf(running)]);
    const endedMs = clock.elapsedMs();
    const initMs = endedMs - startedMs;
    sandbox.setCpu("proportional");
    const failure = initFailureOf(ending);
    this.#logInitReport("init", initMs, ending);
    if (failure === undefined) {
      this.#move({ event: "initialised", nowMs: clock.elapsedMs() });
      this.#freezer.freezeSoon();
    } else {
      this.#run = undefined;
      await sandbox.killRuntime();
      this.#move({ event: "initFailed", failure });
    }
    const { phasesMs, poolLevel, poolMiss } = this.#deps.origin;
    const { specialise = 0 } = phasesMs;
    return {
      initialised: failure === undefined,
      phasesMs: {
        ...phasesMs,
        specialise: specialise + toldMs - startedMs,
        ...(poolLevel === 2 ? {} : { boot: bootedMs - toldMs }),
        init: endedMs - bootedMs,
      },
      poolLevel,
      poolMiss,
    };
  }

  async invoke(header: InvocationHeader, event: Buffer): Promise<{ result: InvocationResult; body: Buffer }> {
    const { clock, log } = this.#deps;
    const { requestId, wantsLogTail } = header;
    const needsInit = this.#state.state === "Idle" && this.#state.failure !== undefined;
    this.#move({ event: "invoked", requestId });
    const initMs = this.#state.state === "Busy" ? this.#state.initMs : undefined;
    this.#finishing?.();
    this.#freezer.thaw();
    log.beginTail(wantsLogTail);
    log.platform({ type: "start", requestId, version: this.spec.version });
    const startedMs = clock.elapsedMs();
    const ending = await this.#deliver(header, event, needsInit);
    const durationMs = ending.by === "timeout" ? this.spec.timeoutMs : clock.elapsedMs() - startedMs;
    const error = errorOf(ending, requestId, this.spec.timeoutMs);
    this.#finishing = () => this.#finish({ requestId, durationMs, initMs, ending, error });
    const environmentGone = ending.by !== "answer";
    // Reading what was written and the memory figures costs as much as a whole round trip: the answer goes first
    // unless it carries the log.
    if (wantsLogTail || environmentGone) this.#finishing();
    else afterIo(() => this.#finishing?.());
    if (environmentGone) void this.stop().then(this.#deps.onGone);
    else {
      this.#move({ event: "answered" });
      if (this.#run?.session.isWaiting()) this.#freezer.freezeSoon();
    }
    const response = ending.by === "answer" && ending.answer.kind === "response" ? ending.answer.body : NOTHING;
    return {
      result: {
        functionError: error === undefined ? undefined : "Unhandled",
        logTail: wantsLogTail ? log.tail() : undefined,
        environmentGone,
      },
      body: error?.body ?? response,
    };
  }

  stop(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Delivers the event, to a runtime that is started anew where the last initialisation failed. */
  async #deliver(header: InvocationHeader, event: Buffer, needsInit: boolean): Promise<Ending> {
    const { clock } = this.#deps;
    const startedMs = clock.elapsedMs();
    const next = this.#nextEvent(header, clock.nowMs() + this.spec.timeoutMs, event);
    const running = needsInit || this.#run === undefined ? this.#launch() : this.#run;
    const answer = running.session.deliver(header.requestId, next).then((it): Ending => ({ by: "answer", answer: it }));
    const endings = [answer, this.#exitOf(running)];
    // An attempt that fails again ends the invocation.
    if (needsInit) endings.push(this.#initErrorOf(running));
    const ending = await this.#firstOf(this.spec.timeoutMs, endings);
    if (needsInit && !running.session.wasReady()) this.#logInitReport("invoke", clock.elapsedMs() - startedMs, ending);
    return ending;
  }

  /** Starts the runtime's process, for the first time or again. */
  #launch(): RuntimeRun {
    const { sandbox, runtimeApi } = this.#deps;
    const session = createRuntimeSession({
      isRestorable: this.spec.initializationType === "snap-start",
      onWaiting: () => {
        if (this.#state.state === "Idle") this.#freezer.freezeSoon();
      },
    });
    runtimeApi.attach(sandbox.identity, session);
    const outOfMemoryKillsBefore = sandbox.outOfMemoryKills();
    const started: RuntimeRun = { session, exit: sandbox.launch(this.#deps.launch), outOfMemoryKillsBefore };
    this.#run = started;
    void started.exit.then(() => this.#onExit(started));
    return started;
  }

  /** Between invocations the loss of the runtime costs the environment: the next call gets a fresh one. */
  #onExit(run: RuntimeRun): void {
    if (this.#run !== run || this.#state.state !== "Idle") return;
    void this.stop().then(this.#deps.onGone);
  }

  async #end(): Promise<void> {
    const { sandbox, runtimeApi, log } = this.#deps;
    this.#finishing?.();
    this.#freezer.thaw();
    this.#move({ event: "stopping" });
    runtimeApi.detach(sandbox.identity);
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

  /** Whichever comes first. The timer is called off when something else does. */
  async #firstOf(timeoutMs: number, endings: readonly Promise<Ending>[]): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    using _timer = this.#deps.clock.after(timeoutMs, () => resolve({ by: "timeout" }));
    return await Promise.race([promise, ...endings]);
  }

  #exitOf(running: RuntimeRun): Promise<Ending> {
    return running.exit.then((exit) => {
      const wasOutOfMemory = this.#deps.sandbox.outOfMemoryKills() > running.outOfMemoryKillsBefore;
      return { by: "exit", exit, wasOutOfMemory };
    });
  }

  #readiness(running: RuntimeRun): Promise<Ending> {
    return running.session.initialised.then((it) => (it.ok ? { by: "ready" } : { by: "initError", body: it.body }));
  }

  #initErrorOf(running: RuntimeRun): Promise<Ending> {
    return this.#readiness(running).then((it) => (it.by === "ready" ? new Promise<Ending>(() => undefined) : it));
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

  #logInitReport(phase: InitPhase, durationMs: number, ending: Ending): void {
    const outcome = initStatus(initFailureOf(ending));
    const { initializationType } = this.spec;
    this.#deps.sandbox.drainOutput();
    this.#deps.log.platform({ type: "initReport", phase, initializationType, durationMs, outcome });
  }

  /** END and REPORT, under everything that the function wrote before its answer. */
  #finish(of: {
    requestId: string;
    durationMs: number;
    initMs: number | undefined;
    ending: Ending;
    error: FunctionError | undefined;
  }): void {
    this.#finishing = undefined;
    const { sandbox, log } = this.#deps;
    sandbox.drainOutput();
    log.platform({
      type: "report",
      requestId: of.requestId,
      durationMs: of.durationMs,
      initMs: of.initMs,
      memoryMiB: this.spec.memoryMiB,
      peakMemoryBytes: sandbox.peakMemoryBytes(),
      outcome: invocationStatus(of.ending, of.error),
    });
  }
}
