// Whether runc can make sandboxes on this machine, and with what; if not, what is missing and how to get it.
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isRoot, platform } from "../../../foundation/host.ts";
import { run } from "../../../foundation/subprocess.ts";
import { findHierarchy } from "../../cgroups/cgroups.ts";
import type { Probe } from "../sandbox-driver.ts";

const PROGRAMS = [
  ["runc", "runc"],
  ["nft", "nftables"],
  ["busybox", "busybox-static"],
  ["unshare", "util-linux"],
] as const;

/** Looks only; starts nothing but version questions. `directories` are those that sandboxes will be made from. */
export async function probeOci(directories: readonly string[] = []): Promise<Probe> {
  const missing = (what: string, fix: string): Probe => ({ available: false, missing: what, fix });
  if (platform !== "linux") return missing("a Linux kernel", "run Hearth in a Linux virtual machine");
  if (!isRoot()) return missing("root", "start Hearth as root (sudo npm start)");
  const hierarchy = findHierarchy();
  if (hierarchy === undefined)
    return missing("control groups under /sys/fs/cgroup", "mount cgroup2 or the version 1 controllers there");
  for (const [file, packageName] of PROGRAMS) {
    const found = await run(file, ["--help"]).catch(() => undefined);
    if (found === undefined) return missing(file, `install the package ${packageName}`);
  }
  const version = (await run("runc", ["--version"])).stdout.split("\n")[0] ?? "runc";
  const closed = directories.map(closedDirectory).find((it) => it !== undefined);
  const own = (await probeUserNamespaces()) ? "own user ids" : "no user namespaces";
  const users = closed === undefined ? own : `no user ids of their own (${closed} is closed to others)`;
  return { available: true, description: `${version}, cgroup version ${hierarchy.version}, ${users}` };
}

/** Whether a user namespace can be made: some systems switch them off. */
export async function probeUserNamespaces(): Promise<boolean> {
  const tried = await run("unshare", ["--user", "true"]).catch(() => undefined);
  return tried?.code === 0;
}

/**
 * The first directory on the way to `path` that others than its owner may not pass, undefined where all may. A sandbox with
 * user ids of its own is such an other, and could not be started from there.
 */
export function closedDirectory(path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o1;
  const above = dirname(path) === path ? undefined : closedDirectory(dirname(path));
  return above ?? ((mode & 0o1) === 0 ? path : undefined);
}

/** Where the static busybox is that sandboxes' init runs in. */
export function busyboxPath(): string | undefined {
  return ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"].find((it) => existsSync(it));
}
