// serverless-offline: the Serverless Framework's plugin that runs functions in worker threads.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { node } from "../languages.ts";
import { payload } from "../world.ts";
import { npmPeers, npmVersion } from "./installation.ts";
import { aPeerProcess, freePort, FUNCTIONS, type Peer } from "./peer.ts";

const names = Array.from({ length: FUNCTIONS }, (_, index) => `echo${index}`);
const configuration = [
  "service: peer",
  "provider: { name: aws, runtime: nodejs22.x, region: us-east-1 }",
  "plugins: [serverless-offline]",
  "functions:",
  ...names.map((it) => `  ${it}: { handler: index.handler }`),
  "",
].join("\n");

export const serverlessOffline: Peer = {
  id: "serverless-offline",
  name: "serverless-offline",
  async start(directory) {
    const installed = await npmPeers();
    writeFileSync(join(directory, "serverless.yml"), configuration);
    writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
    writeFileSync(join(directory, "index.mjs"), node.echo);
    const [port, httpPort] = [await freePort(), await freePort()];
    const program = join(installed, "node_modules/osls/bin/serverless.js");
    const options = ["--lambdaPort", String(port), "--httpPort", String(httpPort), "--noTimeout"];
    const running = await aPeerProcess({
      command: [process.execPath, program, "offline", "start", ...options],
      cwd: directory,
      port,
      // It looks for its plugins beside the project.
      env: { NODE_PATH: join(installed, "node_modules"), SLS_TELEMETRY_DISABLED: "1" },
    });
    let used = 0;
    return {
      version: `${npmVersion(installed, "serverless-offline")} on osls ${npmVersion(installed, "osls")}`,
      fresh() {
        const path = `/2015-03-31/functions/peer-dev-${names[used++]}/invocations`;
        return Promise.resolve({ port, path, headers: () => ({}), body: payload(1_000) });
      },
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  },
};
