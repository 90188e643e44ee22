// The aws command of version 2, where the machine has one: some of its commands exist in that version alone.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs `aws` against one endpoint. */
export interface AwsCli {
  /** Gives standard output; rejects when the command fails. */
  run(...args: string[]): Promise<string>;
  /** For commands that go on. The caller ends it. */
  start(...args: string[]): ChildProcess;
}

/** Finds version 2, wherever on PATH or where Debian's package puts it. */
export async function findAws2(): Promise<string | undefined> {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/bin", "/usr/bin"];
  for (const file of new Set(directories.map((it) => join(it, "aws")))) {
    const version = await run(file, ["--version"]).then(
      (it) => it.stdout,
      () => "",
    );
    if (version.startsWith("aws-cli/2.")) return file;
  }
  return undefined;
}

/** The command with an endpoint and keys; no configuration of the machine's user reaches it. */
export function createAws(file: string, endpoint: string): AwsCli {
  const env = {
    PATH: process.env["PATH"] ?? "",
    PYTHONUNBUFFERED: "1",
    AWS_ACCESS_KEY_ID: "111122223333",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_PAGER: "",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  const all = (args: readonly string[]): string[] => ["--endpoint-url", endpoint, ...args];
  return {
    run: async (...args) => (await run(file, all(args), { env })).stdout,
    start: (...args) => spawn(file, all(args), { env, stdio: ["ignore", "pipe", "pipe"] }),
  };
}
