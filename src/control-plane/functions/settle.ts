// After a create or update has been answered: makes the version runnable and publishes how that went.
import { newUuid } from "../../foundation/ids.ts";
import type { FunctionVersion } from "../../model/function-version.ts";
import type { ControlPlaneParts } from "../parts.ts";

function settled(
  version: FunctionVersion,
  outcome: { ready: true } | { ready: false; reason: string },
): FunctionVersion {
  if (outcome.ready) return { ...version, state: { state: "Active" }, lastUpdate: { status: "Successful" } };
  const failure = { reason: outcome.reason, reasonCode: "InvalidRuntime" };
  if (version.state.state === "Pending") return { ...version, state: { state: "Failed", ...failure } };
  return { ...version, lastUpdate: { status: "Failed", ...failure } };
}

/** Takes a version from Pending or InProgress to what it becomes. Never throws: nobody waits for it. */
export async function settle(parts: ControlPlaneParts, version: FunctionVersion): Promise<void> {
  try {
    const outcome = await parts.prepareRuntime(version);
    await parts.serially(version, async () => {
      // Deleted or changed meanwhile: there is nothing to settle any more.
      const current = parts.publication.get(version, version.version);
      if (current?.deployment !== version.deployment) return;
      const next = { ...settled(current, outcome), revisionId: newUuid() };
      await parts.functions.put(next);
      parts.publication.publish(next);
    });
  } catch (error) {
    parts.onFault(error);
  }
}
