// The Shutdown phase: who has extensions has time to go. Source: Lambda Developer Guide, "Shutdown phase"; AWS's runtime
// interface emulator gives the runtime three tenths of it.
import { type Clock, sleep } from "../../foundation/clock.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import type { Telemetry } from "../telemetry-api/telemetry.ts";
import type { EnvironmentRun } from "./environment-run.ts";
import type { ExtensionSessions, ShutdownReason } from "./extension-sessions.ts";

const EXTERNAL_MS = 2_000;
const INTERNAL_MS = 500;
const RUNTIME_SHARE = 0.3;

/** What may be taken for it. */
export function shutdownMs(extensions: Pick<ExtensionSessions, "hasAny" | "hasExternal">): number {
  if (extensions.hasExternal()) return EXTERNAL_MS;
  return extensions.hasAny() ? INTERNAL_MS : 0;
}

/** First the runtime goes, then the extensions. What has not gone in time is ended with the sandbox. */
export async function shutDown(
  of: {
    readonly clock: Clock;
    readonly sandbox: Pick<Sandbox, "signalRuntime">;
    readonly run: EnvironmentRun;
    readonly telemetry: Pick<Telemetry, "flush">;
  },
  reason: ShutdownReason,
): Promise<void> {
  const { clock, sandbox, run, telemetry } = of;
  const { extensions, runtimeEnded } = run;
  const availableMs = shutdownMs(extensions);
  if (availableMs === 0) return;
  extensions.beginEnd();
  const deadlineMs = clock.nowMs() + availableMs;
  const within = async (ms: number, work: Promise<void>): Promise<void> => {
    const given = new AbortController();
    await Promise.race([work, sleep(clock, Math.max(0, ms), given.signal).catch(() => undefined)]);
    given.abort();
  };
  sandbox.signalRuntime("terminate");
  await within(availableMs * RUNTIME_SHARE, runtimeEnded);
  sandbox.signalRuntime("kill");
  const gone = Promise.all([telemetry.flush(), extensions.shutdown(reason, Math.round(deadlineMs))]);
  await within(
    deadlineMs - clock.nowMs(),
    gone.then(() => undefined),
  );
}
