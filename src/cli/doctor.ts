// hearth doctor: what this machine can do, which sandbox driver is chosen, and how to get a stronger one.
import { probeOci } from "../worker/sandboxes/oci/probe-oci.ts";
import { type Command, print } from "./command.ts";
import { paint, withProgress } from "./terminal.ts";

export const doctor: Command = {
  about: "says what this machine can run, and how to get what is missing; exit code 1 when no sandbox can run",
  usage: "hearth doctor",
  options: {},
  async run(given) {
    const oci = await withProgress("trying sandboxes", probeOci());
    const lines = [
      `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
      oci.available
        ? `sandbox driver oci: ${oci.description} ${paint("(chosen)", "green")}`
        : `sandbox driver oci: ${paint("not here", "red")}, ${oci.missing} is missing; ${oci.fix}`,
    ];
    print(given, { node: process.versions.node, platform: process.platform, drivers: { oci } }, lines.join("\n"));
    return oci.available ? 0 : 1;
  },
};
