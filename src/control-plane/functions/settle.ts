// After a create or update has been answered: makes the version runnable and publishes how that went.
import { newUuid } from "../../foundation/ids.ts";
import type { FunctionCode, FunctionVersion } from "../../model/function-version.ts";
import type { ControlPlaneParts } from "../parts.ts";

type Outcome =
  | { readonly ready: true; readonly imageDigest?: string | undefined }
  | {
      readonly ready: false;
      readonly reason: string;
      readonly reasonCode: "InvalidRuntime" | "InvalidImage" | "FunctionError" | "InternalError";
    };

/** The code of an image is what its name stood for when it was looked at first. */
function codeWith(code: FunctionCode, digest: string | undefined): FunctionCode {
  if (code.image === undefined || digest === undefined) return code;
  return { ...code, sha256: digest.slice("sha256:".length), image: { ...code.image, digest } };
}

function settled(version: FunctionVersion, outcome: Outcome): FunctionVersion {
  if (outcome.ready) {
    const code = codeWith(version.code, outcome.imageDigest);
    return { ...version, code, state: { state: "Active" }, lastUpdate: { status: "Successful" }, previous: undefined };
  }
  const { reason, reasonCode } = outcome;
  const failure = { reason, reasonCode };
  if (version.state.state === "Pending") return { ...version, state: { state: "Failed", ...failure } };
  return { ...version, lastUpdate: { status: "Failed", ...failure } };
}

/** A runtime that can't be had is the function's matter; what breaks on the way is ours, and ends the wait all the same. */
async function prepare(parts: ControlPlaneParts, version: FunctionVersion): Promise<Outcome> {
  try {
    const outcome = await parts.prepareRuntime(version);
    const reasonCode = version.code.image === undefined ? "InvalidRuntime" : "InvalidImage";
    return outcome.ready ? outcome : { reasonCode, ...outcome };
  } catch (error) {
    parts.onFault(error);
    return {
      ready: false,
      reason: "The function could not be prepared because of an internal error.",
      reasonCode: "InternalError",
    };
  }
}

/** Takes a version from Pending or InProgress to what it becomes. Never throws: nobody waits for it. */
export async function settle(parts: ControlPlaneParts, version: FunctionVersion): Promise<void> {
  try {
    const outcome = await prepare(parts, version);
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
