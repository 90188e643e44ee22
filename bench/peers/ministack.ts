// ministack: an AWS emulator in Python, whose Lambda runs functions in local worker processes.
import { CreateFunctionCommand, GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { join } from "node:path";
import { aZip, role } from "../../tests/a-hearth.ts";
import { node } from "../languages.ts";
import { rest } from "../section.ts";
import { signedHeaders } from "../signed.ts";
import { payload, rootKeys } from "../world.ts";
import { pythonPeer, pythonVersion } from "./installation.ts";
import { aPeerProcess, freePort, type Peer } from "./peer.ts";

const LOOK_EVERY_MS = 50;
const LOOKS_MAX = 200;

async function create(lambda: LambdaClient, FunctionName: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      MemorySize: 1769,
      Code: { ZipFile: aZip({ "index.mjs": node.echo }) },
    }),
  );
  for (let looked = 0; looked < LOOKS_MAX; looked++) {
    if ((await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).State === "Active") return;
    await rest(LOOK_EVERY_MS);
  }
  throw new Error(`${FunctionName} did not become Active`);
}

export const ministack: Peer = {
  id: "ministack",
  name: "ministack",
  async start(directory) {
    const installed = await pythonPeer("ministack");
    const port = await freePort();
    const running = await aPeerProcess({
      command: [join(installed, "bin/ministack")],
      cwd: directory,
      port,
      env: { GATEWAY_PORT: String(port), LAMBDA_EXECUTOR: "local", LOG_LEVEL: "WARNING", MINISTACK_HOST: "127.0.0.1" },
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const lambda = new LambdaClient({ endpoint, region: "us-east-1", credentials: rootKeys });
    let used = 0;
    return {
      version: await pythonVersion(installed, "ministack"),
      async fresh() {
        const name = `echo${used++}`;
        await create(lambda, name);
        const path = `/2015-03-31/functions/${name}/invocations`;
        const body = payload(1_000);
        return { port, path, body, headers: await signedHeaders(rootKeys, { port, path, body }) };
      },
      async [Symbol.asyncDispose]() {
        lambda.destroy();
        await running[Symbol.asyncDispose]();
      },
    };
  },
};
