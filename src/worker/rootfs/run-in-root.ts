// Starts a program of a root to see whether it runs: changed root, no network, no privileges; no sandbox, so only for a look.
import { isRoot } from "../../foundation/host.ts";
import { type Finished, run } from "../../foundation/subprocess.ts";

const TIMEOUT_MS = 10_000;
const NAMESPACES = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"];
/** The paths that sandboxes have too. */
const ENVIRONMENT = {
  PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib",
};

/** What the program said; undefined where this process may not try, as only root may change its root. */
export async function runInRoot(root: string, command: readonly string[]): Promise<Finished | undefined> {
  if (!isRoot()) return undefined;
  // The same user that function code runs as; nobody on this machine.
  const inside = ["chroot", "--userspec=993:990", root, ...command];
  return await run("unshare", [...NAMESPACES, "setpriv", "--no-new-privs", ...inside], {
    timeoutMs: TIMEOUT_MS,
    env: ENVIRONMENT,
  });
}
