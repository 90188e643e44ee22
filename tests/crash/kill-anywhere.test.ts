// Everything is killed in the middle of changes, again and again: what was acknowledged is there, what was not is whole or
// not there at all, and the machine is clean after the last stop.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { aHearth, aZip, processesOf, role, type RunningHearth, whyNoSandboxes } from "../a-hearth.ts";
import { leftovers, pidOf, rangeOf } from "./leftovers.ts";

const skip = (await whyNoSandboxes()) ?? false;
const ROUNDS = 4;
const FUNCTIONS = 3;

/** What each function's code answers: acknowledged, or perhaps taken when the kill came. */
interface Expected {
  readonly acknowledged: Map<string, string | undefined>;
  readonly perhaps: Map<string, string | undefined>;
}

/** Asks until a change has taken effect. The SDK's waiters go on for their whole time when nobody answers any more. */
async function settled(hearth: RunningHearth, FunctionName: string): Promise<void> {
  for (;;) {
    const { State, LastUpdateStatus } = await hearth.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    assert.notEqual(State, "Failed");
    if (State === "Active" && LastUpdateStatus === "Successful") return;
  }
}

const codeOf = (answer: string) =>
  aZip({ "index.mjs": `export const handler = async () => ${JSON.stringify(answer)};` });

async function change(
  hearth: RunningHearth,
  expected: Expected,
  name: string,
  answer: string | undefined,
): Promise<void> {
  expected.perhaps.set(name, answer);
  const exists = expected.acknowledged.get(name) !== undefined;
  if (answer === undefined) await hearth.lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  else if (exists) {
    await hearth.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: codeOf(answer) }));
    await settled(hearth, name);
  } else {
    const Code = { ZipFile: codeOf(answer) };
    const Runtime = "nodejs26.x";
    await hearth.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Role: role,
        Runtime,
        Handler: "index.handler",
        MemorySize: 512,
        Code,
      }),
    );
    await settled(hearth, name);
  }
  expected.perhaps.delete(name);
  expected.acknowledged.set(name, answer);
}

function killAll(hearth: RunningHearth, data: string): void {
  hearth.supervisor.kill("SIGKILL");
  for (const program of ["services", "worker"] as const) process.kill(pidOf(data, program), "SIGKILL");
}

/** Changes functions side by side, and kills everything when `killAfter` changes have been acknowledged. */
async function changeUntilKilled(
  hearth: RunningHearth,
  data: string,
  expected: Expected,
  killAfter: number,
): Promise<void> {
  let acknowledged = 0;
  let isKilled = false;
  const worker = async (index: number): Promise<void> => {
    const name = `f${index}`;
    for (let serial = 0; !isKilled; serial++) {
      const isLast = serial % 3 === 2;
      const answer = isLast ? undefined : `${name} ${serial} of ${killAfter}`;
      if (isLast && expected.acknowledged.get(name) === undefined) continue;
      try {
        await change(hearth, expected, name, answer);
        if (++acknowledged === killAfter) {
          isKilled = true;
          killAll(hearth, data);
        }
      } catch (error) {
        if (!isKilled) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: FUNCTIONS }, (_, index) => worker(index)));
}

async function check(hearth: RunningHearth, expected: Expected): Promise<void> {
  const { Functions = [] } = await hearth.lambda.send(new ListFunctionsCommand({}));
  const there = new Set(Functions.map((it) => it.FunctionName ?? ""));
  for (const name of new Set([...expected.acknowledged.keys(), ...expected.perhaps.keys()])) {
    const allowed = [expected.acknowledged.get(name)];
    if (expected.perhaps.has(name)) allowed.push(expected.perhaps.get(name));
    let answer: string | undefined;
    if (there.has(name)) {
      await settled(hearth, name);
      const { Payload } = await hearth.lambda.send(new InvokeCommand({ FunctionName: name }));
      answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as string;
    }
    assert.ok(allowed.includes(answer), `${name} answers ${String(answer)}, not one of ${allowed.join(" | ")}`);
    expected.acknowledged.set(name, answer);
  }
  expected.perhaps.clear();
}

test("killed in the middle of changes, a store keeps what it acknowledged, and nothing stays on the machine", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const expected: Expected = { acknowledged: new Map(), perhaps: new Map() };
  const ranges = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    const hearth = await aHearth({ data });
    ranges.add(rangeOf(data));
    await check(hearth, expected);
    await changeUntilKilled(hearth, data, expected, round + 1);
    hearth.lambda.destroy();
  }

  const last = await aHearth({ data });
  ranges.add(rangeOf(data));
  await check(last, expected);
  assert.equal(await last.stop(), 0);
  last.lambda.destroy();

  assert.deepEqual(processesOf(data), []);
  for (const range of ranges) assert.deepEqual(await leftovers(data, range), []);
  rmSync(data, { recursive: true });
});
