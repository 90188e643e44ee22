// When code that is run where it lies has changed: its versions become new deployments, so that no environment that has
// loaded the old code serves another invocation.
import { newUuid } from "../../foundation/ids.ts";
import type { ControlPlaneParts } from "../parts.ts";

/** Publishes anew what runs from a path. Not stored: after a restart no environment is taken over that others know by it. */
export function reloadLocalCode(parts: ControlPlaneParts, localPath: string): void {
  for (const version of parts.publication.allVersions())
    if (version.code.localPath === localPath && version.state.state === "Active")
      parts.publication.publish({ ...version, deployment: newUuid() });
}
