// What a command is: its options, how they are read, and the endpoint that commands ask.
import { parseArgs } from "node:util";
import { readSettings, settingDescriptions } from "../main/settings.ts";

/** One option, as `--help` lists it. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What stands behind it in the help: `JSON`, `SECONDS`. */
  readonly value?: string;
  readonly about: string;
}

/** What a command was called with. */
export interface Given {
  /** As they came, for settings. */
  readonly args: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
  readonly isJson: boolean;
}

/** One command. */
export interface Command {
  readonly about: string;
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Gives the exit code. */
  run(given: Given): Promise<number>;
}

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  json: { type: "boolean", about: "prints JSON" },
  host: { type: "string", value: "ADDRESS", about: "where Hearth listens (127.0.0.1)" },
  port: { type: "string", value: "PORT", about: "its port (4566)" },
  data: { type: "string", value: "DIRECTORY", about: "its data directory" },
  config: { type: "string", value: "FILE", about: "a file of settings" },
  help: { type: "boolean", about: "prints this" },
};

/** Hearth's settings as options, for the commands that take all of them. */
export const settingOptions: Readonly<Record<string, Option>> = Object.fromEntries(
  settingDescriptions.map(({ flag, about }) => [flag.replace("--", ""), { type: "string", value: "VALUE", about }]),
);

/** Reads a command's arguments. Throws a TypeError with a code for an option that it does not have. */
export function parse(command: Command, args: readonly string[]): Given {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...commonOptions, ...command.options },
    allowPositionals: true,
  });
  return { args, values, positionals, isJson: values["json"] === true };
}

function optionLine([name, { short, value, about }]: readonly [string, Option]): string {
  const flag = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return `  ${flag.padEnd(22)} ${about}`;
}

/** The text of `--help`. */
export function helpOf({ usage, about, options }: Command): string {
  const lines = Object.entries({ ...commonOptions, ...options }).map(optionLine);
  return `${usage}\n\n${about}\n\n${lines.join("\n")}\n`;
}

/** The one argument that a command is about. Throws an Error with the command's usage. */
export function named(command: Command, given: Given, what: string): string {
  const [name] = given.positionals;
  if (name === undefined) throw new Error(`which ${what}? ${command.usage}`);
  return name;
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
export function print(given: Given, data: unknown, text: string): void {
  process.stdout.write(`${given.isJson ? JSON.stringify(data, undefined, 2) : text}\n`);
}
