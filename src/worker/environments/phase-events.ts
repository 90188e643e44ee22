// What the log says of the phases before an invocation, Init and Restore. Pure.
import type { EnvironmentSpec } from "../../link/messages.ts";
import { type Ending, initFailureOf, initStatus } from "./ending.ts";
import type { InitFailure } from "./environment-state.ts";
import type { ExtensionSummary } from "./extension-sessions.ts";
import type { InitPhase, PlatformEvent } from "./platform-events.ts";

/** Extensions and runtime are started, for the first time or again. */
export function initStart(
  spec: Pick<
    EnvironmentSpec,
    | "runtimeVersion"
    | "runtimeVersionArn"
    | "initializationType"
    | "functionName"
    | "version"
    | "environmentId"
    | "memoryMiB"
  >,
  phase: InitPhase,
): PlatformEvent {
  const { runtimeVersion, runtimeVersionArn, initializationType, functionName, memoryMiB } = spec;
  return {
    type: "initStart",
    phase,
    initializationType,
    runtimeVersion,
    runtimeVersionArn,
    functionName,
    functionVersion: spec.version,
    instanceId: spec.environmentId,
    memoryMiB,
  };
}

/** The runtime has initialised, or never will. */
export function initRuntimeDone(
  { initializationType }: Pick<EnvironmentSpec, "initializationType">,
  phase: InitPhase,
  ending: Ending,
): PlatformEvent {
  return { type: "initRuntimeDone", phase, initializationType, outcome: initStatus(initFailureOf(ending)) };
}

/** An initialisation is over: what was not said yet of a runtime that has gone, each extension, and the report. */
export function initEnded(
  spec: Pick<EnvironmentSpec, "initializationType">,
  phase: InitPhase,
  of: {
    readonly durationMs: number;
    readonly ending: Ending;
    readonly extensions: readonly ExtensionSummary[];
  },
): readonly PlatformEvent[] {
  const { durationMs, ending, extensions } = of;
  const { initializationType } = spec;
  const outcome = initStatus(initFailureOf(ending));
  return [
    ...(ending.by === "exit" ? [initRuntimeDone(spec, phase, ending)] : []),
    ...extensions.map((summary): PlatformEvent => ({ type: "extension", ...summary })),
    { type: "initReport", phase, initializationType, durationMs, outcome },
  ];
}

/** What was initialised ahead is to go on. */
export function restoreStart(
  spec: Pick<
    EnvironmentSpec,
    "runtimeVersion" | "runtimeVersionArn" | "functionName" | "version" | "environmentId" | "memoryMiB"
  >,
): PlatformEvent {
  const { runtimeVersion, runtimeVersionArn, functionName, version, environmentId, memoryMiB } = spec;
  const about = { runtimeVersion, runtimeVersionArn, functionName, memoryMiB };
  return { type: "restoreStart", ...about, functionVersion: version, instanceId: environmentId };
}

/** It goes on, or can't: what the runtime did, and the whole. */
export function restoreEnded(durationMs: number, failure: InitFailure | undefined): readonly PlatformEvent[] {
  const outcome = initStatus(failure);
  return [
    { type: "restoreRuntimeDone", outcome },
    { type: "restoreReport", durationMs, outcome },
  ];
}
