// Starts a sandbox by `runc run --detach`.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../../foundation/fault.ts";
import { yieldToOthers } from "../../../foundation/host.ts";

const CREATE_TIMEOUT_MS = 20_000;

/** Returns when the sandbox's process 1 runs. `fds` become its descriptors from 1 on. Throws a Fault with runc's words. */
export async function runDetached(options: {
  root: string;
  bundle: string;
  id: string;
  fds: readonly number[];
  /** It takes only the time that nobody else wants. */
  isBackground: boolean;
}): Promise<void> {
  const { root, bundle, id, fds, isBackground } = options;
  const log = join(bundle, "runc.log");
  const preserved = String(fds.length - 2);
  const runc = spawn(
    "runc",
    ["--root", root, "--log", log, "run", "--detach", "--preserve-fds", preserved, "--bundle", bundle, id],
    {
      stdio: ["ignore", ...fds],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      timeout: CREATE_TIMEOUT_MS,
      killSignal: "SIGKILL",
    },
  );
  if (isBackground && runc.pid !== undefined) yieldToOthers(runc.pid);
  const exitCode = await new Promise<number>((resolve, reject) => {
    runc.once("error", reject);
    runc.once("exit", (code) => resolve(code ?? -1));
  });
  if (exitCode === 0) return;
  const said = existsSync(log) ? readFileSync(log, "utf8").trim() : "nothing in its log";
  throw new Fault(`runc could not make a sandbox (exit ${exitCode}): ${said}`);
}
