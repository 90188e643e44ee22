// What /proc and the control groups say of memory and of processes.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const KIBIBYTES_PER_MEBIBYTE = 1_024;

function field(file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "mu").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    // It has ended.
    return 0;
  }
}

/** MiB that programs could still have. */
export const availableMiB = (): number => field("/proc/meminfo", "MemAvailable") / KIBIBYTES_PER_MEBIBYTE;

/** MiB of a process: its proportional share (Pss), or all that it has in memory (Rss). */
export const memoryMiB = (pid: number, of: "Pss" | "Rss"): number =>
  field(`/proc/${pid}/smaps_rollup`, of) / KIBIBYTES_PER_MEBIBYTE;

const CONTROLLERS = ["freezer", ""];

/** The processes of each cgroup below one. */
export function processesBelow(cgroup: string): readonly (readonly number[])[] {
  const root = CONTROLLERS.map((it) => join("/sys/fs/cgroup", it, cgroup)).find((it) => existsSync(it));
  if (root === undefined) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((it) => it.isDirectory())
    .map((it) =>
      readFileSync(join(root, it.name, "cgroup.procs"), "utf8")
        .split("\n")
        .filter(Boolean)
        .map(Number),
    )
    .filter((it) => it.length > 0);
}

/** The processes that a process has started itself. */
export function children(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

/** Those, and those that they have started. */
export const descendants = (pid: number): readonly number[] => children(pid).flatMap((it) => [it, ...descendants(it)]);
