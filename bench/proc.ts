// What /proc and the control groups say of memory, of CPU and of processes.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const KIBIBYTES_PER_MEBIBYTE = 1_024;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;
const MICROSECONDS_PER_MILLISECOND = 1_000;
/** The clock that `stat` counts in is the same on every machine. */
const TICK_MS = 10;

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

/** Milliseconds that a process has run on a CPU, with what it has waited for of its children; 0 when it has ended. */
export function cpuMs(pid: number): number {
  try {
    const own = readdirSync(`/proc/${pid}/task`)
      .map((it) => Number(readFileSync(`/proc/${pid}/task/${it}/schedstat`, "utf8").split(" ")[0]))
      .reduce((total, it) => total + it, 0);
    // Counted behind the name, which may have spaces.
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [user = 0, system = 0] = rest.split(" ").slice(13, 15).map(Number);
    return own / NANOSECONDS_PER_MILLISECOND + (user + system) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Milliseconds that all processes of a cgroup and of those below it have run, since it was made; 0 when it is not there. */
export function cpuMsBelow(cgroup: string): number {
  const usage = join("/sys/fs/cgroup/cpuacct", cgroup, "cpuacct.usage");
  if (existsSync(usage)) return Number(readFileSync(usage, "utf8")) / NANOSECONDS_PER_MILLISECOND;
  const unified = join("/sys/fs/cgroup", cgroup, "cpu.stat");
  if (!existsSync(unified)) return 0;
  const microseconds = /^usage_usec (\d+)$/mu.exec(readFileSync(unified, "utf8"))?.[1] ?? 0;
  return Number(microseconds) / MICROSECONDS_PER_MILLISECOND;
}

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

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It has ended: the supervisor starts a `sleep` now and then.
    return "";
  }
}

/** A Hearth's services and its worker, by their supervisor: without it, and without what runs in sandboxes. */
export function hearthProcesses(supervisor: number): Readonly<Record<"services" | "worker", readonly number[]>> {
  const all = descendants(supervisor).map((pid) => ({ pid, command: commandOf(pid) }));
  const of = (part: string): readonly number[] =>
    all.filter(({ command }) => command.includes(`/src/main/${part}.ts`)).map(({ pid }) => pid);
  return { services: of("services"), worker: of("worker") };
}
