// The Python clients that are held to the same tests: Hearth's, and AWS's own where it is installed.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "../../src/foundation/subprocess.ts";
import { findPython } from "../../src/worker/rootfs/python-runtime.ts";
import { type Outcome, runClient, type Run } from "../fake-runtime-api.fixtures.ts";

const client = fileURLToPath(new URL("bootstrap.py", import.meta.url));
const awsDirectory = fileURLToPath(new URL("../../.hearth/tools/awslambdaric", import.meta.url));

/** One of them, or why it can't be tested here. */
export interface PythonClient {
  readonly name: string;
  readonly skip: string | false;
  command(handler: string): readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function newestPython(): Promise<{ version: string; binary: string } | undefined> {
  for (const minor of [15, 14, 13, 12, 11, 10, 9]) {
    const found = await findPython(`3.${minor}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const python = await newestPython();

async function whyNoAwsClient(): Promise<string | false> {
  if (!existsSync(awsDirectory))
    return "awslambdaric is not there; tools/setup.sh --test installs it where there is a wheel";
  const tried = await run("python3", ["-c", "import runtime_client"], {
    env: { PYTHONPATH: awsDirectory, PATH: process.env["PATH"] ?? "" },
  });
  return tried.code === 0 ? false : "awslambdaric does not run on this machine's python3";
}

/** Hearth's, on the newest Python that the machine has. */
export const ours: PythonClient = {
  name: "Hearth's client",
  skip: python === undefined ? "the machine has no Python 3.9 to 3.15" : false,
  command: () => [python?.binary ?? "", client],
  env: { AWS_EXECUTION_ENV: `AWS_Lambda_python${python?.version ?? ""}` },
};

/** AWS's, on the Python that it was installed for. */
export const theirs: PythonClient = {
  name: "awslambdaric",
  skip: await whyNoAwsClient(),
  command: (handler) => ["python3", "-m", "awslambdaric", handler],
  env: { PYTHONPATH: awsDirectory, AWS_EXECUTION_ENV: "AWS_Lambda_python3.11" },
};

/** One run: code in files, or as the sole file `app.py`. */
export async function runPython(
  on: PythonClient,
  code: string | Readonly<Record<string, string>>,
  more: Partial<Run> & { readonly event?: unknown } = {},
): Promise<Outcome> {
  const { event = {}, handler = "app.handler", ...rest } = more;
  return await runClient({
    command: on.command(handler),
    files: typeof code === "string" ? { "app.py": code } : code,
    events: [{ body: JSON.stringify(event) }],
    ...rest,
    handler,
    env: { ...on.env, ...more.env },
  });
}
