// Functions for tests through the SDK, and layers for them.
import assert from "node:assert/strict";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { active, aZip, role } from "../a-hearth.ts";

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
