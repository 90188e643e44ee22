// Requests to the Hearth that runs on the port of the settings.
import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Settings } from "../main/settings.ts";
import { CommandError } from "./command.ts";

/** What to ask. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The AWS service that the request is for; without one it is not signed. */
  readonly service?: "lambda" | "logs";
}

/** What came back, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const ANY_ADDRESS: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

// Names the account and is no real signature: with auth `local`, an unknown key acts as its account's root.
function localSignature(service: string): Record<string, string> {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/gu, "");
  const scope = `${timestamp.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  return {
    "x-amz-date": timestamp,
    authorization: `AWS4-HMAC-SHA256 Credential=000000000000/${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
  };
}

function explain(error: NodeJS.ErrnoException, { host, port }: Settings): CommandError {
  const place = `${host}:${port}`;
  if (error.code === "ECONNREFUSED")
    return new CommandError(
      `nothing listens on ${place}. Start Hearth with: hearth start --port ${port} (in a checkout: npm start)`,
    );
  return new CommandError(`no answer from ${place}: ${error.message || (error.code ?? "unknown error")}`);
}

/** Asks and waits as long as it takes: a function may run for 15 minutes. */
export async function ask(settings: Settings, question: Question): Promise<Answer> {
  const { method, path, service, body = "" } = question;
  const headers = {
    ...question.headers,
    ...(service === undefined ? {} : localSignature(service)),
    "content-length": String(Buffer.byteLength(body)),
  };
  const host = ANY_ADDRESS[settings.host] ?? settings.host;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = request({ host, port: settings.port, method, path, headers }, (incoming) => {
        text(incoming).then(
          (received) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: received }),
          reject,
        );
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, settings);
  }
}

/** The answer's body as an object; any other answer ends the command with what Hearth said. */
export function objectOf(answer: Answer, settings: Settings): object {
  if (answer.status !== 200) throw refusal(answer, settings);
  return parsed(answer.body) ?? notHearth(settings);
}

/** What Hearth said when it refused. */
export function refusal({ status, body }: Answer, settings: Settings): CommandError {
  const said = parsed(body) as { readonly message?: unknown; readonly Message?: unknown } | undefined;
  const message = said?.message ?? said?.Message;
  const text = typeof message === "string" ? message : body.trim() || "no message";
  const hint = status === 403 ? " (this command signs with a key that only auth local accepts; see hearth config)" : "";
  return new CommandError(`${settings.host}:${settings.port} answered ${status}: ${text}${hint}`);
}

function notHearth({ host, port }: Settings): never {
  throw new CommandError(`what listens on ${host}:${port} does not answer like Hearth; is it another program?`);
}

function parsed(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
