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
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { active, aZip, role, type RunningHearth } from "../a-hearth.ts";

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

interface HearthEvent {
  readonly event: string;
  readonly level?: number;
  readonly command?: string;
  readonly deploymentId?: string;
  readonly poolLevel?: number;
}

/** Waits until so many booted runtimes whose command says this have been put into the pool, since the start. */
export async function untilBooted(hearth: RunningHearth, command: string, times: number): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  let seen = 0;
  for (let next = 0; seen < times; ) {
    const asked = await fetch(`${hearth.endpoint}/_hearth/events?after=${next}&wait=20`, { signal });
    const page = (await asked.json()) as { events: HearthEvent[]; next: number };
    seen += page.events.filter((it) => it.event === "SandboxPooled" && it.command?.includes(command) === true).length;
    next = page.next;
  }
}

/** The pool level that a function's latest environment came from. */
export async function poolLevelOf(hearth: RunningHearth, functionName: string): Promise<number | undefined> {
  const { events } = (await (await fetch(`${hearth.endpoint}/_hearth/events`)).json()) as { events: HearthEvent[] };
  const started = events.filter((it) => it.event === "EnvironmentStarted");
  return started.findLast((it) => it.deploymentId?.includes(`/${functionName}:`))?.poolLevel;
}
