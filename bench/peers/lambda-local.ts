// lambda-local: runs one function inside its own process; a fresh function is a fresh process, whose start is not counted.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { payload } from "../world.ts";
import { npmPeers, npmVersion } from "./installation.ts";
import { aPeerProcess, freePort, type Peer } from "./peer.ts";

// It watches CommonJS modules only.
const handler = "exports.handler = async (event) => event;\n";

export const lambdaLocal: Peer = {
  id: "lambda-local",
  name: "lambda-local",
  async start(directory) {
    const installed = await npmPeers();
    writeFileSync(join(directory, "index.cjs"), handler);
    const program = join(installed, "node_modules/lambda-local/build/cli.js");
    const stack = new AsyncDisposableStack();
    const body = Buffer.from(`{"event":${payload(1_000).toString()}}`);
    return {
      version: npmVersion(installed, "lambda-local"),
      async fresh() {
        const port = await freePort();
        const options = ["-l", join(directory, "index.cjs"), "-h", "handler", "-t", "60", "-v", "0"];
        const command = [process.execPath, program, ...options, "--watch", String(port)];
        stack.use(await aPeerProcess({ command, cwd: directory, port }));
        return { port, path: "/", headers: () => ({}), body };
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};
