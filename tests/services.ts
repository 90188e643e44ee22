// The process `services` alone, for tests that need no sandbox: the gateway, the control plane and the neighbours, on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const READY_TIMEOUT_MS = 30_000;
const program = fileURLToPath(new URL("../src/main/services.ts", import.meta.url));

/** The running process. Disposal ends it and removes its data. */
export interface RunningServices extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  readonly data: string;
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
  const port = await new Promise<number>((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`services are not ready:\n${said}`)), READY_TIMEOUT_MS);
    child.once("exit", () => reject(new Error(`services ended:\n${said}`)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const found = /listening on http:\/\/[^ ]+:(\d+) /u.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(timeout);
      resolve(Number(found));
    });
  });
  return {
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
