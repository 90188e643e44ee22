// What code inside an environment finds of Hearth's own paths: its own account's events and environments, by its role's keys, and
// nothing of another's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { create } from "../clients/a-function.ts";
import { aHearth, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { signedFetch } from "../signed-fetch.ts";

const reason = await whyNoSandboxes();
const skip = reason ?? false;
let hearth: RunningHearth;
let theirs: LambdaClient;

const asker = `${signedFetch}
export const handler = async ({ path, isSigned }) => {
  const answer = await (isSigned ? signedFetch(path) : fetch(process.env.AWS_ENDPOINT_URL + path));
  return { status: answer.status, text: await answer.text() };
};`;

before(async () => {
  if (reason !== undefined) return;
  hearth = await aHearth();
  theirs = new LambdaClient({
    ...hearth.clientConfig,
    credentials: { accessKeyId: "444455556666", secretAccessKey: "any" },
  });
  for (const [client, name] of [
    [hearth.lambda, "asker"],
    [theirs, "secret"],
  ] as const) {
    await create(client, name, { files: { "index.mjs": asker } });
    await client.send(new InvokeCommand({ FunctionName: name, Payload: '{"path":"/_hearth/health"}' }));
  }
});
after(async () => {
  if (reason !== undefined) return;
  theirs.destroy();
  await hearth[Symbol.asyncDispose]();
});

async function asked(path: string, isSigned: boolean): Promise<{ readonly status: number; readonly text: string }> {
  const { Payload } = await hearth.lambda.send(
    new InvokeCommand({ FunctionName: "asker", Payload: JSON.stringify({ path, isSigned }) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as { status: number; text: string };
}

test("signed by its role, a function sees events and environments of its account alone", { skip }, async () => {
  // From outside everything is shown, the other account's too.
  const all = await (await fetch(`${hearth.endpoint}/_hearth/events`)).text();
  assert.match(all, /444455556666\/us-east-1\/secret:/u);

  for (const path of ["/_hearth/events", "/_hearth/environments"]) {
    const { status, text } = await asked(path, true);
    assert.equal(status, 200, path);
    assert.match(text, /111122223333\/us-east-1\/asker:/u);
    assert.doesNotMatch(text, /444455556666|secret|WorkerJoined/u);
  }
});

test("unsigned, and of all that tells of others, a function is shown nothing", { skip }, async () => {
  for (const path of ["/_hearth/events", "/_hearth/environments", "/_hearth/metrics"])
    assert.equal((await asked(path, false)).status, 403, path);
  for (const path of ["/_hearth/metrics", "/_hearth/nothing"])
    assert.equal((await asked(path, true)).status, 403, path);

  assert.deepEqual(await asked("/_hearth/health", false), { status: 200, text: '{"status":"ready"}' });
});
