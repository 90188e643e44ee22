// What a command is, and the endpoint that all of them ask.
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { readSettings } from "../main/settings.ts";

/** One command. */
export interface Command {
  readonly about: string;
  readonly usage: string;
  /** Gives the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** Options that every command takes. */
const COMMON: ParseArgsOptionsConfig = {
  json: { type: "boolean" },
  port: { type: "string" },
  host: { type: "string" },
  data: { type: "string" },
  config: { type: "string" },
};

/** The arguments of a command. Throws a TypeError with a code for an unknown option. */
export function parse(
  args: readonly string[],
  options: ParseArgsOptionsConfig = {},
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  return parseArgs({ args: [...args], options: { ...COMMON, ...options }, allowPositionals: true });
}

/** `http://host:port` of the Hearth that the settings name. */
export function endpoint(args: readonly string[]): string {
  const { host, port } = readSettings(args, process.env);
  return `http://${host}:${port}`;
}

/** Asks Hearth. Throws an Error that says how to start it when nothing listens. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new Error(`nothing answers at ${new URL(url).origin}; start it with: npm start`, { cause });
  }
}

/** Headers of a request by the account's root, as a Hearth with auth=local takes it. */
export function localHeaders(service: string): Record<string, string> {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/gu, "");
  const credential = `000000000000/${stamp.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  return {
    "x-amz-date": stamp,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  };
}

/** Prints data: as JSON where asked for, else as the given text. */
export function print(isJson: unknown, data: unknown, text: string): void {
  process.stdout.write(`${isJson === true ? JSON.stringify(data, undefined, 2) : text}\n`);
}
