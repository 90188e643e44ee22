// A real Hearth for tests: the supervisor with services and worker, on a free port, with its own data directory.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LambdaClient, waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2 } from "@aws-sdk/client-lambda";
import { type Zippable, zipSync } from "fflate";
import { probeOci } from "../src/worker/sandboxes/oci/probe-oci.ts";

const READY_TIMEOUT_MS = 60_000;
const root = fileURLToPath(new URL("..", import.meta.url));

/** Says why sandboxes can't be tested here; undefined where they can. */
export async function whyNoSandboxes(): Promise<string | undefined> {
  const probe = await probeOci();
  return probe.available ? undefined : `sandboxes need ${probe.missing}: ${probe.fix}`;
}

/** What clients of every service of the SDK take. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** A running Hearth. Disposal stops it as a user would and removes its data. */
export interface RunningHearth extends AsyncDisposable {
  readonly endpoint: string;
  readonly data: string;
  readonly lambda: LambdaClient;
  /** What the SDK's clients are made with, to be answered once and as the account 111122223333. */
  readonly clientConfig: ClientConfig;
  readonly supervisor: ChildProcess;
  /** Everything that it has said so far. */
  said(): string;
  /** Resolves when it says something that matches, from now on or before. */
  says(pattern: RegExp, times?: number): Promise<void>;
  /** SIGTERM to the supervisor; resolves with its exit code. */
  stop(): Promise<number>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Root filesystems are the same for all: built once for all test files. */
export const sharedRuntimes: string = join(tmpdir(), "hearth-test-runtimes");

/** Starts one and waits until its worker has joined. */
export async function aHearth(
  options: { data?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<RunningHearth> {
  const port = await freePort();
  const data = options.data ?? mkdtempSync(join(tmpdir(), "hearth-test-"));
  const supervisor = spawn("sh", [join(root, "src/main/supervisor.sh"), "--port", String(port), "--data", data], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      HEARTH_NODE: process.execPath,
      HEARTH_RUNTIMES: sharedRuntimes,
      // Tests fetch nothing from registries but those that they serve themselves.
      HEARTH_BASE_IMAGES: "never",
      ...options.env,
    },
  });
  let said = "";
  const listeners = new Set<() => void>();
  supervisor.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    for (const listener of listeners) listener();
  });
  const says = (pattern: RegExp, times = 1): Promise<void> =>
    new Promise((resolve, reject) => {
      const timeout = setTimeout(() => reject(new Error(`never said ${String(pattern)}:\n${said}`)), READY_TIMEOUT_MS);
      const look = (): void => {
        if ([...said.matchAll(new RegExp(pattern, "gu"))].length < times) return;
        listeners.delete(look);
        clearTimeout(timeout);
        resolve();
      };
      listeners.add(look);
      look();
    });
  await says(/worker \w+ joined/u);
  const endpoint = `http://127.0.0.1:${port}`;
  const clientConfig: ClientConfig = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "any" },
    maxAttempts: 1,
  };
  const lambda = new LambdaClient(clientConfig);
  const stop = async (): Promise<number> => {
    if (supervisor.exitCode !== null) return supervisor.exitCode;
    supervisor.kill("SIGTERM");
    const [code] = (await once(supervisor, "exit")) as [number];
    return code;
  };
  return {
    endpoint,
    data,
    lambda,
    clientConfig,
    supervisor,
    said: () => said,
    says,
    stop,
    async [Symbol.asyncDispose]() {
      lambda.destroy();
      await stop();
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A zip of files by name; executable where the name says `bootstrap`, or `bin` or `extensions` first. */
export function aZip(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const entries: Zippable = {};
  for (const [name, content] of Object.entries(files)) {
    const mode = name === "bootstrap" || /^(?:bin|extensions)\//u.test(name) ? 0o755 : 0o644;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    entries[name] = [bytes, { os: 3, attrs: (0o100000 | mode) << 16 }];
  }
  return zipSync(entries);
}

export const role = "arn:aws:iam::111122223333:role/tester";

/** Waits until a function can be invoked; the SDK's own waiter polls. */
export async function active(lambda: LambdaClient, FunctionName: string): Promise<void> {
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

/** Waits until an update has taken effect. */
export async function updated(lambda: LambdaClient, FunctionName: string): Promise<void> {
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

/** Processes whose command line names a data directory, and a program if one is given: what a Hearth there left running. */
export function processesOf(data: string, program = ""): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/u.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return command.includes(data) && command.includes(program);
    } catch {
      return false;
    }
  });
}
