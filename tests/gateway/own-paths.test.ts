// Hearth's own paths on the port of the real process: health before and after a worker joins, and packages by link.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { localHeaders } from "../../src/cli/command.ts";
import { aZip, role } from "../a-hearth.ts";
import { aServicesProcess, type RunningServices } from "../services.ts";

let services: RunningServices;
let lambda: LambdaClient;
before(async () => {
  services = await aServicesProcess();
  lambda = new LambdaClient({
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
});
after(async () => {
  lambda.destroy();
  await services[Symbol.asyncDispose]();
});

/** A GET by TLS that trusts the authority in the data directory alone. */
function getSecurely(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Buffer }> {
  const ca = readFileSync(join(services.data, "services", "ca.pem"));
  return new Promise((resolve, reject) => {
    get(url, { ca, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    }).on("error", reject);
  });
}

test("health is 503 until a worker has joined, 200 while it is there, and tells of each part", async () => {
  const health = async (): Promise<readonly [number, { status: string; parts: Record<string, string> }]> => {
    const response = await fetch(`${services.endpoint}/_hearth/health`);
    return [response.status, (await response.json()) as { status: string; parts: Record<string, string> }];
  };

  const [statusBefore, before] = await health();
  assert.deepEqual([statusBefore, before.status], [503, "starting"]);
  assert.deepEqual(before.parts, {
    gateway: "ready",
    controlPlane: "ready",
    neighbours: "ready",
    dataPlane: "waiting for a worker",
  });
  const worker = await services.joinWorker();
  const [status, ready] = await health();
  assert.deepEqual([status, ready.status, ready.parts["dataPlane"]], [200, "ready", "ready"]);
  worker[Symbol.dispose]();
  await services.says(/worker idle left/u);
  assert.equal((await health())[0], 503);
});

test("a package's location follows the scheme and the name by which the client came", async () => {
  const ZipFile = aZip({ "index.mjs": "export const handler = () => 1;" });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "located",
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Code: { ZipFile },
    }),
  );
  const path = "/2015-03-31/functions/located";
  const headers = { ...localHeaders("lambda"), authorization: localHeaders("lambda")["authorization"] ?? "" };
  headers.authorization = headers.authorization.replace("000000000000", "111122223333");
  const locationIn = (text: string): string => (JSON.parse(text) as { Code: { Location: string } }).Code.Location;

  const plain = locationIn(await (await fetch(`http://localhost:${services.port}${path}`, { headers })).text());
  const secure = locationIn((await getSecurely(`https://localhost:${services.port}${path}`, headers)).body.toString());

  assert.ok(plain.startsWith(`http://localhost:${services.port}/`), plain);
  assert.ok(secure.startsWith(`https://localhost:${services.port}/`), secure);
  assert.deepEqual(Buffer.from(await (await fetch(plain)).arrayBuffer()), Buffer.from(ZipFile));
  assert.deepEqual((await getSecurely(secure)).body, Buffer.from(ZipFile));
  assert.equal((await fetch(`${plain}0`)).status, 403);
});

test("what is not one of Hearth's own paths is said to be none", async () => {
  assert.equal((await fetch(`${services.endpoint}/_hearth/dance`)).status, 404);
});

test("environments are listed, and only a worker that there is can be taken out of use", async () => {
  const drain = async (workerId: string): Promise<number> => {
    const answer = await fetch(`${services.endpoint}/_hearth/drain?worker=${workerId}`, { method: "POST" });
    return answer.status;
  };
  const listed = await fetch(`${services.endpoint}/_hearth/environments`);
  assert.deepEqual([listed.status, await listed.json()], [200, { environments: [] }]);
  assert.equal(await drain("nobody"), 404);

  using _worker = await services.joinWorker();
  while ((await fetch(`${services.endpoint}/_hearth/health`)).status !== 200);

  assert.equal(await drain("idle"), 200);
});
