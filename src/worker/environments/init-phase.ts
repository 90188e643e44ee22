// The Init phase: from the start of an environment's run until everything in it waits for its first event, or never will.
import type { EnvironmentStarted } from "../../link/messages.ts";
import { awaitEnding } from "./await-ending.ts";
import { type Ending, initFailureOf } from "./ending.ts";
import type { EnvironmentParts } from "./environment-parts.ts";
import type { EnvironmentRun } from "./environment-run.ts";
import type { InitFailure } from "./environment-state.ts";
import { initTimeoutMs } from "./init-timeout.ts";
import { initEnded, initStart } from "./phase-events.ts";
import type { InitPhase } from "./platform-events.ts";

/** How it ended, and what each stretch of the environment's start took. */
export interface Initialised {
  readonly run: EnvironmentRun;
  readonly failure: InitFailure | undefined;
  readonly phasesMs: Readonly<Record<string, number>>;
}

/** How the sandbox was come by, and when the environment's own start began. */
export interface InitOrigin extends Pick<EnvironmentStarted, "phasesMs" | "poolLevel"> {
  readonly startedMs: number;
}

/** The first initialisation of an environment. `start` starts its run. */
export async function runInitPhase(
  parts: EnvironmentParts,
  origin: InitOrigin,
  start: (onRuntimeLaunched: () => void) => EnvironmentRun,
): Promise<Initialised> {
  const { clock, spec, sandbox, log } = parts;
  log.platform(initStart(spec, "init"));
  sandbox.setCpu("boosted");
  let runtimeLaunchedMs = 0;
  let bootedMs: number | undefined;
  const run = start(() => (runtimeLaunchedMs = clock.elapsedMs()));
  const toldMs = clock.elapsedMs();
  void run.session.connected.then(() => (bootedMs = clock.elapsedMs()));
  const timeoutMs = initTimeoutMs(spec);
  const ending = await awaitEnding({ clock, run, timeoutMs }, (settle) => void run.ready.then(settle));
  const endedMs = clock.elapsedMs();
  sandbox.setCpu("proportional");
  reportInit(parts, run, { phase: "init", durationMs: endedMs - origin.startedMs, ending });
  // Taken before a run that failed is killed: what its runtime still does until then is no part of them.
  const times = { toldMs, launchedMs: Math.max(toldMs, runtimeLaunchedMs), bootedMs, endedMs };
  const phasesMs = phasesOf(origin, run.extensions.hasExternal(), times);
  return { run, failure: initFailureOf(ending), phasesMs };
}

/** Extensions and runtime were told to start, the runtime was launched and talked to its API, and all of it was over. */
function phasesOf(
  { phasesMs, poolLevel, startedMs }: InitOrigin,
  hasExternal: boolean,
  of: {
    readonly toldMs: number;
    readonly launchedMs: number;
    readonly bootedMs: number | undefined;
    readonly endedMs: number;
  },
): Readonly<Record<string, number>> {
  const { toldMs, launchedMs, endedMs } = of;
  const runtimeMs = of.bootedMs ?? launchedMs;
  return {
    ...phasesMs,
    specialise: (phasesMs["specialise"] ?? 0) + toldMs - startedMs,
    ...(hasExternal ? { extensions: launchedMs - toldMs } : {}),
    ...(poolLevel === 2 ? {} : { boot: runtimeMs - launchedMs }),
    init: endedMs - runtimeMs,
  };
}

/** An initialisation is over, the first or one inside an invocation: under all that it wrote. */
export function reportInit(
  { spec, sandbox, log, telemetry }: EnvironmentParts,
  { extensions }: Pick<EnvironmentRun, "extensions">,
  of: { readonly phase: InitPhase; readonly durationMs: number; readonly ending: Ending },
): void {
  sandbox.drainOutput();
  for (const event of initEnded(spec, of.phase, { ...of, extensions: extensions.summaries() })) log.platform(event);
  telemetry.seal();
}
