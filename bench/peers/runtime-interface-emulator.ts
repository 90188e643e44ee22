// AWS's runtime interface emulator: one environment a process, whose runtime starts at its first invoke; the process itself is not counted.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { node } from "../languages.ts";
import { payload } from "../world.ts";
import { goPeer, goVersion } from "./installation.ts";
import { aPeerProcess, freePort, type Peer } from "./peer.ts";

const MODULE = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie";
/** The same runtime client as in Hearth's environments: what differs is what stands around it. */
const client = fileURLToPath(new URL("../../runtimes/nodejs/index.mjs", import.meta.url));

export const runtimeInterfaceEmulator: Peer = {
  id: "rie",
  name: "AWS's runtime interface emulator",
  async start(directory) {
    const program = await goPeer(MODULE);
    writeFileSync(join(directory, node.file), node.echo);
    const stack = new AsyncDisposableStack();
    return {
      version: await goVersion(program),
      async fresh() {
        const port = await freePort();
        const addresses = { "runtime-interface-emulator": port, "runtime-api": await freePort() };
        const options = Object.entries(addresses).flatMap(([name, at]) => [`--${name}-address`, `127.0.0.1:${at}`]);
        const command = [program, "--log-level", "error", ...options, process.execPath, client, node.handler];
        const env = { LAMBDA_TASK_ROOT: directory, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769" };
        // The runtime has a process group of its own, and ends when it has lost the emulator's Runtime API.
        stack.use(await aPeerProcess({ command, cwd: directory, port, env }));
        return { port, path: "/2015-03-31/functions/function/invocations", headers: () => ({}), body: payload(1_000) };
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};
