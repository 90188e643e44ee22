// A function that floods its log slows itself: others are served meanwhile, and nothing of its own log is lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { active, aHearth, aZip, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
const LINES = 12_000;
let hearth: RunningHearth;
before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  const sources = {
    flooding: `export const handler = async (event) => { const text = "x".repeat(1000); for (let line = 0; line < event.lines; line++) console.log("flood " + line + " " + text); return event.lines; };`,
    quiet: "export const handler = async () => Date.now();",
  };
  for (const [FunctionName, source] of Object.entries(sources)) {
    await hearth.lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: role,
        Runtime: "nodejs26.x",
        Handler: "index.handler",
        Timeout: 60,
        MemorySize: 512,
        Code: { ZipFile: aZip({ "index.mjs": source }) },
      }),
    );
    await active(hearth.lambda, FunctionName);
  }
});
after(async () => {
  if (reason === undefined) await hearth[Symbol.asyncDispose]();
});

async function invoke(FunctionName: string, event: object = {}): Promise<unknown> {
  const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
}

test("others are served while one function floods its log, and every line of the flood is there", {
  skip,
}, async () => {
  await invoke("quiet");
  let isFlooding = true;
  const flood = invoke("flooding", { lines: LINES }).finally(() => (isFlooding = false));

  let served = 0;
  while (isFlooding) {
    await invoke("quiet");
    served++;
  }

  assert.equal(await flood, LINES);
  assert.ok(served > 20, `${served} invocations of the other function`);
  const logs = new CloudWatchLogsClient({
    endpoint: hearth.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
  });
  const seen = new Set<number>();
  // What still waits in the log's room travels at the rate that a log has.
  while (seen.size < LINES) {
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new FilterLogEventsCommand({
          logGroupName: "/aws/lambda/flooding",
          filterPattern: "flood",
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      for (const { message = "" } of page.events ?? []) seen.add(Number(/flood (\d+)/u.exec(message)?.[1]));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }
  logs.destroy();
  assert.equal(seen.size, LINES);
});
