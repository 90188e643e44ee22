// One execution environment: performs its life. Tied to one function version; one invocation at a time.
import type { Clock } from "../../foundation/clock.ts";
import { Fault } from "../../foundation/fault.ts";
import { afterIo } from "../../foundation/host.ts";
import type {
  EnvironmentSpec,
  EnvironmentStarted,
  EnvironmentTransition,
  InvocationHeader,
  RestoreFailure,
} from "../../link/messages.ts";
import type { Launch, Sandbox } from "../sandboxes/sandbox-driver.ts";
import { Telemetry } from "../telemetry-api/telemetry.ts";
import { type Ending, shutdownReasonOf } from "./ending.ts";
import type { EnvironmentApis } from "./environment-apis.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentParts } from "./environment-parts.ts";
import { beginRun, type EnvironmentRun } from "./environment-run.ts";
import { type EnvironmentEvent, type EnvironmentState, transition } from "./environment-state.ts";
import type { ShutdownReason } from "./extension-sessions.ts";
import { createFreezer, type Freezer } from "./freezer.ts";
import { runInitPhase } from "./init-phase.ts";
import { type Answer, type AnswerAhead, answerOf, reportInvocation, serveInvocation } from "./invocation.ts";
import { createInvocationRecord } from "./invocation-record.ts";
import { initRuntimeDone } from "./phase-events.ts";
import type { InitPhase } from "./platform-events.ts";
import { runRestorePhase } from "./restore-phase.ts";
import { shutDown } from "./shutdown.ts";

/** What an environment is made with. */
export interface EnvironmentDeps {
  readonly clock: Clock;
  readonly apis: EnvironmentApis;
  readonly sandbox: Sandbox;
  /** Where what the sandbox writes goes, too. */
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
  /**
   * What was initialised ahead becomes an environment that somebody asked for: under its id, with its log. Resolves with
   * why it could not; undefined where it could.
   */
  restore(spec: EnvironmentSpec, log: EnvironmentLog): Promise<RestoreFailure | undefined>;
  /** Resolves when the environment is done with it: runtime and extensions. */
  invoke(header: InvocationHeader, event: Buffer, ahead: AnswerAhead): Promise<Answer>;
  /** Ends it, whatever it is doing; its extensions have some time to go. */
  stop(): Promise<void>;
}

/** An environment whose sandbox stands; nothing of it runs before `initialise`. */
export function createEnvironment(spec: EnvironmentSpec, deps: EnvironmentDeps): Environment {
  return new LiveEnvironment(spec, deps);
}

class LiveEnvironment implements Environment {
  #spec: EnvironmentSpec;
  #log: EnvironmentLog;
  #restoreMs: number | undefined;
  readonly #deps: EnvironmentDeps;
  readonly #freezer: Freezer;
  readonly #telemetry: Telemetry;
  #state: EnvironmentState = { state: "Specialising" };
  #run: EnvironmentRun | undefined;
  #ended: Promise<void> | undefined;
  /** What is left to do of the last invocation, after its answer: its END and REPORT. */
  #finishing: (() => void) | undefined;

  constructor(spec: EnvironmentSpec, deps: EnvironmentDeps) {
    this.#spec = spec;
    this.#log = deps.log;
    this.#deps = deps;
    const { clock, sandbox, log } = deps;
    this.#telemetry = new Telemetry({
      clock,
      address: sandbox.address,
      onSubscribed: (name, { api, categories }) =>
        this.#log.platform({
          type: api === "2020-08-15" ? "logsSubscription" : "telemetrySubscription",
          name,
          state: "Subscribed",
          types: categories,
        }),
    });
    log.listen(this.#telemetry);
    // A debugger talks to the runtime between invocations too.
    const isFreezable = (): boolean =>
      spec.debugPort === undefined && this.#state.state === "Idle" && this.#isWaiting();
    this.#freezer = createFreezer(clock, this.#freezable(), isFreezable);
  }

  get spec(): EnvironmentSpec {
    return this.#spec;
  }

  isBusy(): boolean {
    return this.#state.state !== "Idle";
  }

  async initialise(): Promise<EnvironmentStarted> {
    const { clock, sandbox, origin } = this.#deps;
    const startedMs = clock.elapsedMs();
    this.#move({ event: "created", nowMs: startedMs });
    this.#openTelemetry();
    const start = (onRuntimeLaunched: () => void): EnvironmentRun => this.#start("init", onRuntimeLaunched);
    const { run, failure, phasesMs } = await runInitPhase(this.#parts(), { ...origin, startedMs }, start);
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
    const { poolLevel, poolMiss } = origin;
    return { initialised: failure === undefined, phasesMs, poolLevel, poolMiss };
  }

  async restore(spec: EnvironmentSpec, log: EnvironmentLog): Promise<RestoreFailure | undefined> {
    const run = this.#run;
    if (run === undefined) throw new Fault("there is nothing to restore");
    this.#spec = spec;
    this.#log = log;
    log.listen(this.#telemetry);
    this.#freezer.thaw();
    const { durationMs, failure } = await runRestorePhase(this.#parts(), run);
    this.#restoreMs = durationMs;
    if (failure !== undefined) await this.#stop("failure");
    else {
      this.#watchIdle(run);
      this.#freezer.freezeSoon();
    }
    return failure;
  }

  async invoke(header: InvocationHeader, event: Buffer, ahead: AnswerAhead): Promise<Answer> {
    const parts = this.#parts();
    const { clock, spec, log } = parts;
    const { requestId, traceId, wantsLogTail } = header;
    const needsInit = this.#state.state === "Idle" && this.#state.failure !== undefined;
    this.#move({ event: "invoked", requestId });
    // An initialisation ahead of its invocations is nobody's.
    const isOwnInit = spec.initializationType !== "snap-start";
    const initMs = this.#state.state === "Busy" && isOwnInit ? this.#state.initMs : undefined;
    this.#finishing?.();
    this.#freezer.thaw();
    log.beginTail(wantsLogTail);
    const restoreMs = this.#restoreMs;
    this.#restoreMs = undefined;
    const record = createInvocationRecord({ clock, spec, requestId, traceId, initMs, restoreMs });
    log.platform(record.start());
    const run = needsInit || this.#run === undefined ? this.#start("invoke") : this.#run;
    const { answered, ending } = await serveInvocation(parts, run, { header, event, ahead, needsInit }, record);
    const environmentGone = ending.by !== "answer";
    this.#finishing = () => {
      this.#finishing = undefined;
      reportInvocation(parts, record, ending);
    };
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
    return answerOf(answered, { spec, record, sink: ahead.sink }, { logTail, environmentGone });
  }

  stop(): Promise<void> {
    return this.#stop("spindown");
  }

  #stop(reason: ShutdownReason): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  #parts(): EnvironmentParts {
    const { clock, sandbox } = this.#deps;
    return { clock, sandbox, spec: this.#spec, log: this.#log, telemetry: this.#telemetry };
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
  #start(phase: InitPhase, onRuntimeLaunched: () => void = () => undefined): EnvironmentRun {
    const { sandbox, apis, launch } = this.#deps;
    if (phase === "invoke") this.#openTelemetry();
    const deps = {
      spec: this.spec,
      sandbox,
      launch,
      onWaiting: () => {
        if (this.#state.state === "Idle") this.#freezer.freezeSoon();
      },
      onRuntimeLaunched,
      onRuntimeDone: (ending: Ending) => this.#log.platform(initRuntimeDone(this.spec, phase, ending)),
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

  async #end(reason: ShutdownReason): Promise<void> {
    const { clock, sandbox, apis } = this.#deps;
    this.#finishing?.();
    this.#freezer.thaw();
    this.#move({ event: "stopping" });
    const run = this.#run;
    if (run !== undefined) await shutDown({ clock, sandbox, run, telemetry: this.#telemetry }, reason);
    this.#telemetry[Symbol.dispose]();
    apis.detach(sandbox.identity);
    await sandbox[Symbol.asyncDispose]();
    await this.#log.flush();
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
}
