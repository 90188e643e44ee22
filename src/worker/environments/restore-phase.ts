// The Restore phase: what was initialised ahead goes on as an environment that somebody asked for (SnapStart).
import { awaitEnding } from "./await-ending.ts";
import { initFailureOf } from "./ending.ts";
import type { EnvironmentParts } from "./environment-parts.ts";
import type { EnvironmentRun } from "./environment-run.ts";
import type { InitFailure } from "./environment-state.ts";
import { restoreEnded, restoreStart } from "./phase-events.ts";

/** Restore and after-restore hooks together. Source: Lambda Developer Guide, SnapStart. */
const RESTORE_MS_MAX = 10_000;

/** Lets a run that waits, thawed, go on, and waits for its runtime's hooks. */
export async function runRestorePhase(
  { clock, spec, sandbox, log }: EnvironmentParts,
  run: EnvironmentRun,
): Promise<{ readonly durationMs: number; readonly failure: InitFailure | undefined }> {
  const startedMs = clock.elapsedMs();
  log.platform(restoreStart(spec));
  const timeoutMs = spec.debugPort === undefined ? RESTORE_MS_MAX : spec.timeoutMs;
  const ending = await awaitEnding({ clock, run, timeoutMs }, (settle) => {
    // A runtime without hooks has asked for its first event already.
    if (!run.session.isRestorePending()) return settle({ by: "ready" });
    void run.session.restore().then((it) => settle(it.ok ? { by: "ready" } : { by: "initError", body: it.body }));
  });
  const durationMs = clock.elapsedMs() - startedMs;
  const failure = initFailureOf(ending);
  sandbox.drainOutput();
  for (const event of restoreEnded(durationMs, failure)) log.platform(event);
  return { durationMs, failure };
}
