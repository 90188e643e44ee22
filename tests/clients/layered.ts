// Layers and functions that have them, for tests through the SDK.
import assert from "node:assert/strict";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  type Runtime,
} from "@aws-sdk/client-lambda";
import type { Numbered } from "../../src/feed/feed.ts";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aZip, role, type RunningHearth } from "../a-hearth.ts";
import { feedSoFar, feedUntil } from "../feed.ts";

/** Files by name. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Publishes a version and gives its ARN. */
export async function publish(lambda: LambdaClient, LayerName: string, files: Files): Promise<string> {
  const command = new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: aZip(files) } });
  return (await lambda.send(command)).LayerVersionArn ?? "";
}

/** What a test says of its function. */
export type Given = Partial<Omit<CreateFunctionCommandInput, "Code">> & { readonly files: Files };

/** Makes a function and waits until it can be invoked; in Node.js unless it says otherwise. */
export async function create(lambda: LambdaClient, FunctionName: string, { files, ...more }: Given): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "nodejs26.x",
      Handler: "index.handler",
      Timeout: 20,
      MemorySize: 512,
      ...more,
      Code: { ZipFile: aZip(files) },
    }),
  );
  await active(lambda, FunctionName);
}

/** What it answers, which must be no error. */
export async function answer(lambda: LambdaClient, FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError, LogResult } = await lambda.send(new InvokeCommand({ FunctionName, LogType: "Tail" }));
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, `${text}\n${Buffer.from(LogResult ?? "", "base64").toString()}`);
  return JSON.parse(text) as unknown;
}

/** The Python that this machine has, as a runtime's name and version; undefined where it has none. */
export async function hostPython(): Promise<{ readonly runtime: Runtime; readonly version: string } | undefined> {
  for (const minor of ["14", "13", "12", "11", "10", "9"]) {
    const version = `3.${minor}`;
    if ((await findPython(version)) !== undefined) return { runtime: `python${version}` as Runtime, version };
  }
  return undefined;
}

/** Waits until so many booted runtimes whose command says this have been put into the pool, since the start. */
export async function untilBooted(hearth: RunningHearth, command: string, times: number): Promise<void> {
  const isIt = (it: Numbered): boolean => it.event === "SandboxPooled" && it.command?.includes(command) === true;
  await feedUntil(hearth, (events) => events.filter(isIt).length >= times);
}

/** The pool level that a function's latest environment came from. */
export async function poolLevelOf(hearth: RunningHearth, functionName: string): Promise<number | undefined> {
  const found = (await feedSoFar(hearth)).flatMap((it) =>
    it.event === "EnvironmentStarted" && it.deploymentId.includes(`/${functionName}:`) ? [it] : [],
  );
  return found.at(-1)?.poolLevel;
}
