// hearth doctor: what this machine can do, which sandbox driver is chosen, and how to get a stronger one.
import { probeOci } from "../worker/sandboxes/oci/probe-oci.ts";
import { type Command, parse, print } from "./command.ts";

export const doctor: Command = {
  about: "says what this machine can run, and how to get what is missing",
  usage: "hearth doctor [--json]",
  async run(args) {
    const { values } = parse(args);
    const oci = await probeOci();
    const lines = [
      `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
      oci.available
        ? `sandbox driver oci: ${oci.description} (chosen)`
        : `sandbox driver oci: not here, ${oci.missing} is missing; ${oci.fix}`,
    ];
    print(
      values["json"],
      { node: process.versions.node, platform: process.platform, drivers: { oci } },
      lines.join("\n"),
    );
    return oci.available ? 0 : 1;
  },
};
