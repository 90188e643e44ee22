// All that runs in an environment between two starts: the extensions, then the runtime. Whatever of it breaks first is the
// run's end.
import type { EnvironmentSpec } from "../../link/messages.ts";
import type { Launch, Sandbox } from "../sandboxes/sandbox-driver.ts";
import type { Ending } from "./ending.ts";
import { ExtensionSessions } from "./extension-sessions.ts";
import { createRuntimeSession, type RuntimeSession } from "./runtime-session.ts";

/** What a run is made with. */
export interface RunDeps {
  readonly spec: EnvironmentSpec;
  readonly sandbox: Sandbox;
  readonly launch: Launch;
  /** Told whenever the runtime asks for an event and there is none. */
  readonly onWaiting: () => void;
  readonly onRuntimeLaunched: () => void;
  /** Told when the runtime has initialised; extensions may not have. */
  readonly onRuntimeDone: (ending: Ending) => void;
}

/** A run. */
export interface EnvironmentRun {
  readonly session: RuntimeSession;
  readonly extensions: ExtensionSessions;
  /** Everything waits for its first event, or why it never will. */
  readonly ready: Promise<Ending>;
  /** Resolves when the runtime's process has ended. */
  readonly runtimeEnded: Promise<void>;
  /** Who is told of the run's end, in the place of whoever was before; at once where it has ended already. */
  watch(listener: (ending: Ending) => void): void;
}

/** Begins a run in the sandbox. `attach` is called before anything inside can ask. */
export function beginRun(deps: RunDeps, attach: (run: EnvironmentRun) => void): EnvironmentRun {
  const run = new LiveRun(deps);
  attach(run);
  run.begin();
  return run;
}

class LiveRun implements EnvironmentRun {
  readonly session: RuntimeSession;
  readonly extensions: ExtensionSessions;
  readonly ready: Promise<Ending>;
  readonly runtimeEnded: Promise<void>;
  readonly #deps: RunDeps;
  readonly #outOfMemoryKillsBefore: number;
  readonly #settleReady: (ending: Ending) => void;
  readonly #settleEnded: () => void;
  #ending: Ending | undefined;
  #listener: (ending: Ending) => void = () => undefined;

  constructor(deps: RunDeps) {
    this.#deps = deps;
    const { spec, launch, sandbox, onWaiting } = deps;
    this.session = createRuntimeSession({ isRestorable: spec.initializationType === "snap-start", onWaiting });
    this.extensions = new ExtensionSessions(spec, launch.extensions);
    this.#outOfMemoryKillsBefore = sandbox.outOfMemoryKills();
    const ready = Promise.withResolvers<Ending>();
    this.ready = ready.promise;
    this.#settleReady = ready.resolve;
    const ended = Promise.withResolvers<void>();
    this.runtimeEnded = ended.promise;
    this.#settleEnded = ended.resolve;
  }

  watch(listener: (ending: Ending) => void): void {
    this.#listener = listener;
    if (this.#ending !== undefined) listener(this.#ending);
  }

  begin(): void {
    const { launch } = this.#deps;
    if (launch.extensions.length === 0) this.#launchRuntime();
    else void this.#launchExtensions();
  }

  /** Started all at once; the runtime follows when each has registered, as on AWS. */
  async #launchExtensions(): Promise<void> {
    const { sandbox, launch } = this.#deps;
    for (const name of launch.extensions)
      void sandbox.launchExtension(name, launch).then((exit) => this.extensions.exited(name, exit));
    void this.extensions.failed.then((failure) => this.#end({ by: "extension", failure }));
    await this.extensions.registered();
    if (this.#ending === undefined) this.#launchRuntime();
  }

  #launchRuntime(): void {
    const { sandbox, launch, onRuntimeLaunched } = this.#deps;
    onRuntimeLaunched();
    void sandbox.launch(launch).then((exit) => {
      const wasOutOfMemory = sandbox.outOfMemoryKills() > this.#outOfMemoryKillsBefore;
      this.#end({ by: "exit", exit, wasOutOfMemory });
      this.#settleEnded();
    });
    void this.session.initialised.then((it) => this.#onInitialised(it.ok ? undefined : it.body));
  }

  #onInitialised(error: Buffer | undefined): void {
    const ending: Ending = error === undefined ? { by: "ready" } : { by: "initError", body: error };
    this.#deps.onRuntimeDone(ending);
    if (error !== undefined) return this.#settleReady(ending);
    const ready = this.extensions.ready();
    if (!this.extensions.hasAny()) return this.#settleReady(ending);
    // Internal ones have registered by now, and can fail from here on.
    void this.extensions.failed.then((failure) => this.#end({ by: "extension", failure }));
    void ready.then(() => this.#settleReady(ending));
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#settleReady(ending);
    this.#listener(ending);
  }
}
