// The gateway in this process, on a free port, before services that say what has reached them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { createGateway } from "../../src/gateway/gateway.ts";
import { listen } from "../../src/gateway/listener.ts";
import { createAwsJson } from "../../src/gateway/protocols/aws-json.ts";
import { createQuery } from "../../src/gateway/protocols/query.ts";
import { createRestJson } from "../../src/gateway/protocols/rest-json.ts";
import { loadShapes } from "../../src/gateway/shapes/shapes.ts";
import type { AuthMode } from "../../src/gateway/sigv4/sigv4.ts";
import { endpointCertificate } from "../../src/main/certificates.ts";
import type { Operation } from "../../src/model/operation.ts";
import { createSessions, type Session } from "../../src/neighbours/sts/sessions.ts";
import { createSts } from "../../src/neighbours/sts/sts.ts";
import { createSeal } from "../../src/store/seal.ts";

/** The moment at which everything here happens, unless a test moves it. */
export const NOW: Date = new Date("2026-01-01T00:00:00Z");

/** What a client saw. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request as a test writes it. */
export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly isSecure?: boolean;
}

/** Keys to sign with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A running gateway. */
export interface RunningGateway extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  /** Keys of a role's session, as environments get them. */
  readonly role: Session;
  readonly faults: readonly string[];
  ask(asked: Asked): Promise<Answer>;
  /** Sends bytes as they are; resolves with all that comes back until the connection ends. */
  raw(...chunks: readonly string[]): Promise<string>;
  moveTo(now: Date): void;
}

/** Lambda, as far as tests ask it: each operation tells what it was given. */
const lambda: Readonly<Record<string, Operation>> = {
  GetFunction: (input, context) =>
    Promise.resolve({
      Configuration: { FunctionName: input["FunctionName"], Role: context.principalArn },
      Code: { Location: context.endpoint },
    }),
  CreateFunction: (input) => {
    const { ZipFile } = (input["Code"] ?? {}) as { ZipFile?: Uint8Array };
    return Promise.resolve({ ...input, Environment: undefined, CodeSize: ZipFile?.length ?? 0 });
  },
  Invoke: (input) => Promise.resolve({ StatusCode: 200, Payload: input["Payload"] }),
  DeleteFunction: () => Promise.resolve({ StatusCode: 204 }),
  GetPolicy: () => Promise.reject(new Error("something inside broke")),
};

const logs: Readonly<Record<string, Operation>> = {
  PutLogEvents: (input) => Promise.resolve({ nextSequenceToken: JSON.stringify(input["logEvents"]) }),
};

async function readAll(message: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function asker(port: number, ca: string): RunningGateway["ask"] {
  return ({ method = "GET", path = "/", headers = {}, body = "", isSecure = false }) =>
    new Promise((resolve, reject) => {
      const send = isSecure ? httpsRequest : httpRequest;
      const message = send(
        { host: "localhost", port, method, path, headers: { ...headers }, ca, agent: false },
        (response) => {
          const { statusCode = 0 } = response;
          readAll(response).then(
            (text) => resolve({ status: statusCode, headers: response.headers, body: text }),
            reject,
          );
        },
      );
      message.on("error", reject);
      message.end(body);
    });
}

function rawAsker(port: number): RunningGateway["raw"] {
  return (...chunks) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "localhost");
      let seen = "";
      socket.setEncoding("utf8").on("data", (text: string) => (seen += text));
      socket.on("error", reject).on("close", () => resolve(seen));
      for (const chunk of chunks) socket.write(chunk);
      socket.end();
    });
}

/** Starts one; it listens with HTTP and TLS. */
export async function aGateway(auth: AuthMode): Promise<RunningGateway> {
  const directory = mkdtempSync(join(tmpdir(), "hearth-gateway-"));
  let nowMs = NOW.getTime();
  const faults: string[] = [];
  const sessions = createSessions(createSeal(join(directory, "root.key")), () => nowMs);
  const gateway = createGateway({
    services: [
      { service: { name: "lambda", operations: lambda }, protocol: createRestJson(loadShapes("lambda")) },
      {
        service: { name: "logs", operations: logs },
        protocol: createAwsJson(loadShapes("logs"), { version: "1.1", targetPrefix: "Logs_20140328" }),
      },
      {
        service: createSts(),
        protocol: createQuery(loadShapes("sts"), {
          version: "2011-06-15",
          namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        }),
      },
    ],
    lookUpKey: (accessKeyId, sessionToken) => sessions.lookUp(accessKeyId, sessionToken),
    authorize: () => undefined,
    serveRegistry: () => false,
    ownPaths: () => Promise.resolve(undefined),
    nowMs: () => nowMs,
    onFault: (error) => faults.push(String(error)),
  });
  // The clock of the certificate is the real one: clients look at it.
  const secureContext = await endpointCertificate(directory, Date.now());
  const listener = await listen(gateway({ auth }), { host: "localhost", port: 0, secureContext });
  const ca = readFileSync(join(directory, "ca.pem"), "utf8");
  return {
    port: listener.port,
    ca,
    role: sessions.issue("arn:aws:iam::111122223333:role/tester", "session"),
    faults,
    ask: asker(listener.port, ca),
    raw: rawAsker(listener.port),
    moveTo(now) {
      nowMs = now.getTime();
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function signer(keys: Keys, service: string): SignatureV4 {
  return new SignatureV4({ service, region: "us-east-1", credentials: keys, sha256: Sha256 });
}

function parsed({ method = "GET", path = "/", headers = {}, body = "" }: Asked) {
  const url = new URL(path, "http://localhost");
  return {
    method,
    protocol: "http:",
    hostname: "localhost",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: "localhost", ...headers },
    body,
  };
}

/** The request with AWS's own signer's signature in its headers. */
export async function signed(
  asked: Asked,
  keys: Keys,
  more: { service?: string; signingDate?: Date } = {},
): Promise<Asked> {
  const { headers } = await signer(keys, more.service ?? "lambda").sign(parsed(asked), {
    signingDate: more.signingDate ?? NOW,
  });
  return { ...asked, headers };
}

/** The request as a URL that carries its signature, as AWS's presigner makes it. */
export async function presigned(
  asked: Asked,
  keys: Keys,
  more: { service?: string; expiresIn?: number } = {},
): Promise<Asked> {
  const { path, query } = await signer(keys, more.service ?? "lambda").presign(parsed(asked), {
    signingDate: NOW,
    expiresIn: more.expiresIn ?? 60,
  });
  const search = new URLSearchParams(query as Record<string, string>);
  return { ...asked, path: `${path}?${search.toString()}`, headers: { host: "localhost", ...asked.headers } };
}
