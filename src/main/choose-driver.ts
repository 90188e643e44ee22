// Which sandbox driver this machine gets: the strongest that it can run, or the one that the settings ask for. Pure.
import type { Probe } from "../worker/sandboxes/sandbox-driver.ts";
import { NO_ISOLATION } from "../worker/sandboxes/process/process-driver.ts";

/** What came of the choice. */
export type Choice =
  | { readonly driver: "oci" | "process"; readonly isolation: string; readonly warning: string | undefined }
  | { readonly driver: "none"; readonly reason: string };

/** `wanted` is the setting, `oci` what probing for runc gave. */
export function chooseDriver(wanted: "auto" | "oci" | "process", oci: Probe): Choice {
  if (wanted !== "process" && oci.available) return { driver: "oci", isolation: oci.description, warning: undefined };
  const lacking = oci.available ? "" : `${oci.missing} is missing; ${oci.fix}`;
  if (wanted === "oci") return { driver: "none", reason: `the oci driver can't run here: ${lacking}` };
  const why = oci.available ? "as the settings ask for" : `since sandboxes can't run here (${lacking})`;
  return { driver: "process", isolation: NO_ISOLATION, warning: `WARNING: ${NO_ISOLATION}; ${why}` };
}
