// hearth doctor: what this machine can do, which sandbox driver is chosen and why, and how to get a stronger one.
import { chooseDriver, type Choice } from "../main/choose-driver.ts";
import { readSettings } from "../main/settings.ts";
import { probeOci } from "../worker/sandboxes/oci/probe-oci.ts";
import { NO_ISOLATION } from "../worker/sandboxes/process/process-driver.ts";
import type { Probe } from "../worker/sandboxes/sandbox-driver.ts";
import { type Command, print } from "./command.ts";
import { paint, withProgress } from "./terminal.ts";

function ociLine(oci: Probe, choice: Choice): string {
  if (oci.available)
    return `sandbox driver oci: ${oci.description}${choice.driver === "oci" ? ` ${paint("(chosen)", "green")}` : ""}`;
  return `sandbox driver oci: ${paint("not here", "red")}, ${oci.missing} is missing; ${oci.fix}`;
}

function choiceLine(choice: Choice): string {
  if (choice.driver === "none") return paint(`no driver: ${choice.reason}`, "red");
  return choice.warning ?? "chosen: oci, the strongest that this machine can run";
}

export const doctor: Command = {
  about:
    "says what this machine can run, what is chosen and how to get what is stronger; exit code 1 when nothing can run",
  usage: "hearth doctor",
  options: {},
  async run(given) {
    const oci = await withProgress("trying sandboxes", probeOci());
    const choice = chooseDriver(readSettings(given.args, process.env).driver, oci);
    const lines = [
      `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
      ociLine(oci, choice),
      `sandbox driver process: ${NO_ISOLATION}${choice.driver === "process" ? ` ${paint("(chosen)", "green")}` : ""}`,
      choiceLine(choice),
    ];
    const drivers = { oci, process: { available: true, description: NO_ISOLATION } };
    print(given, { node: process.versions.node, platform: process.platform, drivers, choice }, lines.join("\n"));
    return choice.driver === "none" ? 1 : 0;
  },
};
