// Requests signed as a role's session or as an account's root, so that the gateway reads or verifies every one of them.
import { Sha256 } from "@aws-crypto/sha256-js";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";

const SIGN_AGAIN_MS = 60_000;

/** Keys to sign with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A handler that gives its environment's keys. */
export const keysHandler =
  "export const handler = async () => ({ accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY, sessionToken: process.env.AWS_SESSION_TOKEN });";

/** The keys of a function's role: asks a function with that handler. */
export async function keysOf(lambda: LambdaClient, FunctionName: string): Promise<Keys> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Keys;
}

/** Headers of one request, signed anew every minute: signing is the client's work, not what is measured. */
export async function signedHeaders(
  keys: Keys,
  of: { port: number; path: string; body: Buffer; method?: "GET" | "POST" },
): Promise<() => Record<string, string>> {
  const signer = new SignatureV4({ credentials: keys, region: "us-east-1", service: "lambda", sha256: Sha256 });
  const host = `127.0.0.1:${of.port}`;
  const sign = async (): Promise<Record<string, string>> => {
    const request = {
      method: of.method ?? "POST",
      protocol: "http:",
      hostname: host,
      path: of.path,
      headers: { host },
      ...(of.method === "GET" ? {} : { body: of.body }),
    };
    return { ...(await signer.sign(request)).headers };
  };
  let headers = await sign();
  let signedMs = performance.now();
  return () => {
    if (performance.now() - signedMs > SIGN_AGAIN_MS) {
      signedMs = performance.now();
      void sign().then((it) => (headers = it));
    }
    return headers;
  };
}
