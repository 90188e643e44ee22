// The process `services` alone, for tests that need no sandbox: the gateway, the control plane and the neighbours, on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConnection } from "../src/link/connection.ts";
import { calls, type Hello, notices } from "../src/link/messages.ts";

const READY_TIMEOUT_MS = 30_000;
const program = fileURLToPath(new URL("../src/main/services.ts", import.meta.url));

/** The running process. Disposal ends it and removes its data. */
export interface RunningServices extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  readonly data: string;
  /** Resolves when it says something that matches, from now on or before. */
  says(pattern: RegExp): Promise<void>;
  /** Joins a worker that takes every runtime for ready and runs nothing. Disposal makes it leave. */
  joinWorker(): Promise<Disposable>;
}

/** Says a worker's hello on the link of a data directory. */
async function joinWorker(data: string): Promise<Disposable> {
  const socket = connect(join(data, "services", "link.sock"));
  await once(socket, "connect");
  const connection = createConnection(socket, {
    onCall: (method) =>
      method === calls.prepare
        ? Promise.resolve({ header: { ready: true }, body: Buffer.alloc(0) })
        : Promise.reject(new Error(`this worker knows no ${method}`)),
    onNotice: () => undefined,
    onClose: () => undefined,
  });
  const hello: Hello = {
    workerId: "idle",
    driver: "none",
    isolation: "none",
    serviceAddress: undefined,
    memoryMiB: 1024,
    cores: 1,
    environments: [],
  };
  connection.notify(notices.hello, hello);
  return { [Symbol.dispose]: () => connection.close() };
}

/** Starts it with its own data directory; further arguments are settings. */
export async function aServicesProcess(...args: string[]): Promise<RunningServices> {
  const data = mkdtempSync(join(tmpdir(), "hearth-services-"));
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, "--port", "0", "--data", data, ...args],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`services never said ${String(pattern)}:\n${said}`));
      const timeout = setTimeout(fail, READY_TIMEOUT_MS);
      const look = (): void => {
        if (!pattern.test(said)) return;
        clearTimeout(timeout);
        child.off("exit", fail);
        child.stderr.off("data", look);
        resolve();
      };
      child.once("exit", fail);
      child.stderr.on("data", look);
      look();
    });
  await says(/listening on http:\/\/[^ ]+:\d+ /u);
  const port = Number(/listening on http:\/\/[^ ]+:(\d+) /u.exec(said)?.[1]);
  return {
    says,
    async joinWorker() {
      const worker = await joinWorker(data);
      await says(/worker idle joined/u);
      return worker;
    },
    port,
    data,
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}
