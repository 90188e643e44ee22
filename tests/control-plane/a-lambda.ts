// Lambda's API for tests that need no sandbox: the services process with a worker that runs nothing.
import assert from "node:assert/strict";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  LambdaClient,
  LambdaServiceException,
} from "@aws-sdk/client-lambda";
import { aZip } from "../a-hearth.ts";
import { aServicesProcess } from "../services.ts";

export const Role = "arn:aws:iam::111122223333:role/lambda-role";
export const ZipFile: Uint8Array = aZip({ "index.mjs": "export const handler = () => 1;" });

/** The API. Disposal ends the process. */
export interface TestedLambda extends AsyncDisposable {
  readonly endpoint: string;
  readonly client: LambdaClient;
}

/** Starts it. */
export async function aLambda(): Promise<TestedLambda> {
  const services = await aServicesProcess();
  const worker = await services.joinWorker();
  const client = new LambdaClient({
    endpoint: services.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
  });
  return {
    endpoint: services.endpoint,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      worker[Symbol.dispose]();
      await services[Symbol.asyncDispose]();
    },
  };
}

/** A creation that is right in all that is not given. */
export function creation(FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}): CreateFunctionCommand {
  return new CreateFunctionCommand({
    FunctionName,
    Role,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile },
    ...more,
  });
}

/** Status, code and message of a call that has to be refused. */
export async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof LambdaServiceException, "it is refused");
  return `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`;
}
